/* What the files shared with the product put their functions on. */
globalThis.inbox = {};
