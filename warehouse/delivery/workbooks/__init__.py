"""Workbooks, and web pages that are called so, become text, sheet by sheet, in a child process with limits."""
