"""All that is known of a fallback offer: its columns, checks, references, payloads, comparison."""
