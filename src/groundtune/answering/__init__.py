"""Questions to answers with evidence: retrieve → extract → refuse → augment → generate → verify, one file each."""
