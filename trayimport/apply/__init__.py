"""The only loop with effects: settle what is open, then claim → send → settle, one worker for each End User."""
