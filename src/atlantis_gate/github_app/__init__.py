"""Making a GitHub App from the terminal: a manifest, a local page that takes it to GitHub, and the key that comes back."""
