"""The options that more than one command has, declared once."""

from pathlib import Path
from typing import Annotated

import typer

Inputs = Annotated[list[str], typer.Argument(help="Pictures, folders or patterns such as 'photos/*.jpg'.")]
Out = Annotated[Path, typer.Option("--out", "-o", help="Folder for the results; a file for a single picture.")]
BoxHint = Annotated[
    str | None, typer.Option("--box", metavar="L,T,R,B", help="Where the product is, in pixels of the upright picture.")
]
PointHint = Annotated[str | None, typer.Option("--point", metavar="X,Y", help="A pixel that is product.")]
MaskHint = Annotated[Path | None, typer.Option("--mask", help="A picture of the same size, white on the product.")]
RoughHint = Annotated[Path | None, typer.Option("--rough", help="The same, only sketched.")]
Workers = Annotated[int | None, typer.Option("--workers", min=0, max=256, help="Processes; by default one per core.")]
Again = Annotated[bool, typer.Option("--again", help="Make everything anew, finished or not.")]
NoSheet = Annotated[bool, typer.Option("--no-contact-sheet", help="Write no index.html and contact-sheet.jpg.")]
Set = Annotated[
    list[str] | None, typer.Option("--set", metavar="OP.FIELD=VALUE", help="Change a parameter; may be repeated.")
]
