"""The conformed star: dimensions and facts."""
