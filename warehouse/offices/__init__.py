"""What goes back to the offices that deliver: marked workbooks, blank templates, a look at a file beforehand."""
