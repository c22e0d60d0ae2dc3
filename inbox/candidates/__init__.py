"""The people we write to: who they are and which numbers are theirs."""
