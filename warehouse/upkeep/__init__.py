"""What looks after all rooms at once: putting right what an ended run left, examining, forgetting a person."""
