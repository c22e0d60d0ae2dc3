"""Start here: how a text comes in (`inbound`), leaves (`outbound`) and is reported on (`delivery`)."""
