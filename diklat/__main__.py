"""`diklat` on the command line, and `python -m diklat`."""

from pipelines.cli import app

if __name__ == "__main__":
    app()
