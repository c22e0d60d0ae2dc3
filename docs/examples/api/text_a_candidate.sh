#!/bin/sh
# Text a candidate by the JSON API, with curl:
#   INBOX_URL=https://inbox.example.com INBOX_TOKEN=sit_… sh text_a_candidate.sh <candidate id> "Are you free?"
set -eu
api="$INBOX_URL/api/v1"

ask() { curl --silent --show-error --fail-with-body -H "Authorization: Bearer $INBOX_TOKEN" "$@"; }
field() { python3 -c 'import json, sys; print(json.load(sys.stdin)[sys.argv[1]])' "$1"; }

conversation=$(ask -X POST "$api/candidates/$1/conversation" | field id)
body=$(python3 -c 'import json, sys; print(json.dumps({"body": sys.argv[1]}))' "$2")
# The same key again gets the same answer and sends nothing twice.
ask "$api/conversations/$conversation/messages" \
  -H "Content-Type: application/json" -H "Idempotency-Key: $(date +%s)-$$" -d "$body" | field state
