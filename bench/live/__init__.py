"""Thousands of open inboxes: the browsers, the product's server, the limit and the peers that serve them."""
