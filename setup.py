"""What pyproject.toml cannot say: in a wheel the four packages stand below `diklat`, as they are (docs/adr/0022)."""

import shutil
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py


class BuildHouse(build_py):
    """Copies everything that lies in the four folders, code and data alike, into `diklat/_house/`."""

    def run(self) -> None:
        """Add the house to what setuptools builds; an editable install finds it in the checkout."""
        super().run()
        if not self.editable_mode:
            house = Path(self.build_lib, "diklat", "_house")
            shutil.rmtree(house, ignore_errors=True)  # what an earlier build left may be gone from the repository
            for folder in ("pipelines", "assets", "schemas", "warehouse"):
                shutil.copytree(folder, house / folder, ignore=shutil.ignore_patterns("__pycache__"))


setup(cmdclass={"build_py": BuildHouse})
