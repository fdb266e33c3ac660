"""Pages of subscriptions: the dialog that makes one, their lists, and the history of what was delivered."""
