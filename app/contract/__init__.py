"""Bytes on the wire as pure data: enums, field types, replies, records, webhooks. No input/output, no database."""
