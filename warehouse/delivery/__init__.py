"""A delivered file becomes text and values: found, opened, its tables told from what stands around them, its cells read.

Its rooms, from a file's bytes to a source's columns: `workbooks`, `dialect`, `text` and `formats`; `cells`; `sheets`; `layouts`; `landing`.

Knows no source's rows and no result. Only `landing` knows the data root; everything else here works on one file.
Here a **file** is refused.
"""
