"""Questions asked of a build before it is published, and the pages that show the answers."""
