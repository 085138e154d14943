"""Invented pictures, drawn when they are asked for: none is anybody's photograph. And a film.

Scenes are drawn on a grid of 120 by 63 units, three times too large, then reduced: that is what
makes the edges smooth.
"""

from collections.abc import Callable
from functools import lru_cache
from io import BytesIO
from pathlib import Path

from PIL import Image, ImageDraw

WIDTH, HEIGHT = 120, 63
_PIXELS = 10  # a unit in the finished picture
_OVER = 3

Box = tuple[float, float, float, float]
Point = tuple[float, float]


class Canvas:
    """A sheet measured in units, from the top left. Boxes are (x, y, width, height)."""

    def __init__(self, width: float = WIDTH, height: float = HEIGHT, paper: str = "white") -> None:
        self.scale = _PIXELS * _OVER
        size = (round(width * self.scale), round(height * self.scale))
        self.image = Image.new("RGB", size, paper)
        self.pen = ImageDraw.Draw(self.image)

    def sky(self, top: str, bottom: str) -> None:
        """Fill the sheet, one colour flowing into the other."""
        ramp = Image.linear_gradient("L").resize(self.image.size)
        above = Image.new("RGB", self.image.size, top)
        below = Image.new("RGB", self.image.size, bottom)
        self.image.paste(Image.composite(below, above, ramp))

    def block(self, box: Box, colour: str, radius: float = 0) -> None:
        self.pen.rounded_rectangle(self._corners(box), radius * self.scale, fill=colour)

    def disc(self, box: Box, colour: str) -> None:
        self.pen.ellipse(self._corners(box), fill=colour)

    def shape(self, points: list[Point], colour: str) -> None:
        self.pen.polygon([(x * self.scale, y * self.scale) for x, y in points], fill=colour)

    def line(self, points: list[Point], colour: str, width: float) -> None:
        scaled = [(x * self.scale, y * self.scale) for x, y in points]
        self.pen.line(scaled, fill=colour, width=round(width * self.scale), joint="curve")

    def veil(self, points: list[Point], colour: str, strength: float) -> None:
        """A see-through shape; strength from 0 to 1."""
        mask = Image.new("L", self.image.size)
        scaled = [(x * self.scale, y * self.scale) for x, y in points]
        ImageDraw.Draw(mask).polygon(scaled, fill=round(255 * strength))
        self.image.paste(Image.new("RGB", self.image.size, colour), mask=mask)

    def finished(self) -> Image.Image:
        width, height = self.image.size
        return self.image.resize((width // _OVER, height // _OVER), Image.Resampling.LANCZOS)

    def _corners(self, box: Box) -> Box:
        x, y, width, height = (side * self.scale for side in box)
        return (x, y, x + width, y + height)


def _hills(canvas: Canvas) -> None:
    canvas.disc((-30, 30, 95, 60), "#9cc3a5")
    canvas.disc((45, 26, 110, 70), "#7fb08c")


def _tree(canvas: Canvas, x: float, ground: float, height: float) -> None:
    canvas.block((x - 0.6, ground - height * 0.5, 1.2, height * 0.5), "#7a5c43")
    canvas.disc((x - height * 0.32, ground - height, height * 0.64, height * 0.7), "#4f8a63")


def _figure(canvas: Canvas, x: float, y: float, coat: str, skin: str) -> None:
    """Head and shoulders; (x, y) is the chin."""
    canvas.block((x - 5, y + 0.5, 10, 14), coat, radius=4)
    canvas.disc((x - 3, y - 6.5, 6, 7), skin)


def coach() -> Canvas:
    canvas = Canvas()
    canvas.sky("#bfdff2", "#f2f8fb")
    canvas.disc((92, 7, 11, 11), "#f8dc8b")
    _hills(canvas)
    for x, height in ((8, 11), (15, 9), (109, 12)):
        _tree(canvas, x, 46, height)
    canvas.block((0, 45, WIDTH, 18), "#5d646e")
    for x in range(2, WIDTH, 14):
        canvas.block((x, 54.5, 7, 0.9), "#e9e4d4")
    canvas.block((24, 22, 64, 25), "#f7f8f9", radius=3.5)
    canvas.block((24, 38, 64, 5), "#1d7a8c")
    for x in (28, 39, 50, 61):
        canvas.block((x, 26, 9.5, 8.5), "#31475a", radius=1)
    canvas.block((74, 26, 12.5, 11), "#31475a", radius=1.5)
    canvas.block((86, 39.5, 2, 2.5), "#f8dc8b", radius=0.8)
    for x in (32, 70):
        canvas.disc((x, 41.5, 10, 10), "#23282f")
        canvas.disc((x + 3, 44.5, 4, 4), "#b9c0c9")
    canvas.block((101, 27, 0.9, 19), "#454c55")
    canvas.block((97.5, 24, 8, 6), "#1d7a8c", radius=1)
    return canvas


def meeting() -> Canvas:
    canvas = Canvas(paper="#f4ecdf")
    canvas.block((0, 50, WIDTH, 13), "#d9c7ab")
    canvas.block((10, 7, 30, 24), "#ffffff", radius=1)
    canvas.block((11.5, 8.5, 27, 21), "#cfe6f2")
    canvas.block((24.4, 8.5, 1.2, 21), "#ffffff")
    canvas.block((82, 8, 26, 18), "#1d7a8c", radius=1)
    for y, width in ((12, 17), (16, 20), (20, 12)):
        canvas.block((85, y, width, 1.4), "#e8f3f4", radius=0.7)
    people = (
        (26, "#8d5b4c", "#e8b894"), (47, "#41608f", "#8a5a3c"),
        (73, "#6c8f5a", "#f0c9a8"), (95, "#b0803d", "#c68e66"),
    )  # fmt: skip
    for x, coat, skin in people:
        _figure(canvas, x, 31, coat, skin)
    canvas.block((12, 42, 96, 5), "#a97f54", radius=1.5)
    canvas.block((18, 47, 4, 16), "#8c6843")
    canvas.block((98, 47, 4, 16), "#8c6843")
    for x in (33, 55, 80):
        canvas.shape([(x, 41.5), (x + 9, 41.5), (x + 7.5, 38.8), (x + 1.5, 38.8)], "#ffffff")
    return canvas


def school() -> Canvas:
    canvas = Canvas()
    canvas.sky("#cfe3f3", "#f6f9fb")
    canvas.block((0, 50, WIDTH, 13), "#9dbb8b")
    canvas.block((16, 20, 88, 31), "#e6d3b5")
    canvas.block((14, 17, 92, 4), "#8c5a46")
    canvas.shape([(46, 17), (60, 8), (74, 17)], "#8c5a46")
    canvas.disc((57.5, 11.5, 5, 5), "#fbf7ee")
    canvas.line([(60, 12.4), (60, 14), (61.2, 14.6)], "#4b3b31", 0.35)
    for y in (24, 36):
        for x in (21, 31, 41, 73, 83, 93):
            canvas.block((x, y, 6, 8), "#567189", radius=0.5)
            canvas.block((x + 2.7, y, 0.6, 8), "#fbf7ee")
    canvas.block((54, 33, 12, 18), "#6b3f32", radius=1)
    canvas.block((59.6, 34, 0.8, 17), "#e6d3b5")
    canvas.shape([(52, 51), (68, 51), (72, 63), (48, 63)], "#d8d2c6")
    for x, height in ((8, 20), (112, 18)):
        _tree(canvas, x, 54, height)
    return canvas


def festival() -> Canvas:
    canvas = Canvas()
    canvas.sky("#141b3d", "#5a3472")
    for x, y in ((9, 6), (22, 13), (41, 5), (66, 9), (88, 4), (108, 12), (99, 20), (14, 24)):
        canvas.disc((x, y, 0.7, 0.7), "#f7f1d5")
    canvas.disc((-25, 34, 80, 40), "#241b45")
    canvas.disc((60, 36, 90, 40), "#2b1f4d")
    canvas.block((34, 18, 52, 2), "#0f0d22")
    for x in (34, 84):
        canvas.block((x, 18, 2, 30), "#0f0d22")
    lamps = ((42, "#f3b64c"), (52, "#ef6f6c"), (60, "#f7e9b0"), (68, "#62c0c9"), (78, "#f3b64c"))
    for x, colour in lamps:
        spread = (x - 60) * 0.5
        canvas.veil([(x, 20), (x + spread - 9, 48), (x + spread + 9, 48)], colour, 0.34)
        canvas.disc((x - 1, 19.4, 2, 2), colour)
    canvas.block((30, 46, 60, 4), "#0f0d22")
    for x, coat in ((50, "#c4503f"), (60, "#2f8790"), (70, "#c9a23c")):
        canvas.block((x - 2, 38, 4, 8.5), coat, radius=1.5)
        canvas.disc((x - 1.5, 34.2, 3, 3.4), "#d9a27c")
    for index, x in enumerate(range(1, WIDTH + 6, 7)):
        height = 3 * (index * 7 % 4) / 4
        canvas.disc((x - 2.6, 50 - height, 5.2, 5.6), "#0b0919")
        canvas.block((x - 4.4, 54.5 - height, 8.8, 14), "#0b0919", radius=3)
    return canvas


def pothole() -> Canvas:
    canvas = Canvas()
    canvas.sky("#d7e3ea", "#eef2f3")
    canvas.block((0, 18, WIDTH, 45), "#8fae83")
    canvas.shape([(44, 18), (76, 18), (132, 63), (-12, 63)], "#747a82")
    for near, far in ((63, 54), (47, 41), (35, 31), (26, 23)):
        width, narrow = near * 0.045, far * 0.045
        canvas.shape(
            [(60 - width, near), (60 + width, near), (60 + narrow, far), (60 - narrow, far)],
            "#eceae0",
        )
    canvas.disc((64, 39, 33, 13), "#5b6068")
    canvas.disc((66, 40.5, 29, 10.5), "#3a3e45")
    canvas.disc((70, 44, 20, 5.5), "#6f8da3")
    canvas.line([(64, 45), (56, 42), (52, 44), (45, 41)], "#565b63", 0.7)
    canvas.line([(95, 49), (102, 52), (107, 51)], "#565b63", 0.7)
    return canvas


def shelter() -> Canvas:
    canvas = Canvas()
    canvas.sky("#c9d9e4", "#edf1f3")
    _hills(canvas)
    canvas.block((0, 48, WIDTH, 15), "#b8b3a9")
    canvas.block((0, 57, WIDTH, 6), "#6a7079")
    canvas.block((25, 13, 70, 3.5), "#3f4852", radius=1)
    for x in (27, 91):
        canvas.block((x, 16, 2, 34), "#3f4852")
    for x in (31, 51, 71):
        canvas.block((x, 19, 18, 26), "#dcebf2", radius=0.6)
    cracks: list[list[Point]] = [
        [(60, 31), (53, 22)], [(60, 31), (67, 20)], [(60, 31), (52, 37)], [(60, 31), (64, 43)],
        [(60, 31), (68, 33)], [(56, 26), (63, 25), (66, 32), (62, 37), (56, 34), (56, 26)],
    ]  # fmt: skip
    for crack in cracks:
        canvas.line(crack, "#7d93a1", 0.4)
    canvas.block((36, 40, 48, 2.4), "#8a6a48", radius=0.8)
    for x in (40, 78):
        canvas.block((x, 42, 1.6, 8), "#3f4852")
    canvas.block((103, 20, 1, 30), "#454c55")
    canvas.block((99, 16, 9, 7), "#1d7a8c", radius=1)
    return canvas


def classroom() -> Canvas:
    canvas = Canvas(paper="#efe8da")
    canvas.block((0, 52, WIDTH, 11), "#c9b593")
    canvas.block((12, 6, 46, 27), "#ffffff", radius=0.8)
    canvas.block((14, 8, 20, 23), "#c3d8e6")
    canvas.block((36, 8, 20, 23), "#c3d8e6")
    for x, y in ((18, 12), (26, 19), (41, 14), (50, 21), (46, 26), (21, 26), (30, 11)):
        canvas.disc((x, y, 1.3, 1.3), "#ffffff")
    canvas.block((14, 37, 42, 13), "#f7f5f0", radius=1)
    for x in range(17, 55, 4):
        canvas.block((x, 38.5, 1.6, 10), "#d6d1c5", radius=0.8)
    canvas.block((70, 9, 40, 24), "#35564a", radius=0.8)
    for y, width in ((14, 25), (19, 30), (24, 17)):
        canvas.block((74, y, width, 0.8), "#cfe0d6", radius=0.4)
    for x in (72, 94):
        canvas.block((x, 44, 18, 2), "#a97f54", radius=0.5)
        canvas.block((x + 1.5, 46, 1.2, 12), "#6c6f73")
        canvas.block((x + 15, 46, 1.2, 12), "#6c6f73")
    return canvas


def _sheet(width: float, height: float) -> Canvas:
    """A letter with lines for words and a round stamp."""
    canvas = Canvas(width, height, "#fdfdfb")
    left, unit = width * 0.1, height / 100
    canvas.block((left, 9 * unit, width * 0.3, 2.6 * unit), "#1d7a8c", radius=unit)
    for row in range(14):
        length = width * (0.8 if row % 5 != 4 else 0.46)
        canvas.block((left, (24 + 4 * row) * unit, length, 1.1 * unit), "#b9bec6", radius=unit / 2)
    x, y, size = width * 0.62, 78 * unit, width * 0.2
    canvas.disc((x, y, size, size), "#8a5a8f")
    inset = size * 0.07
    canvas.disc((x + inset, y + inset, size - 2 * inset, size - 2 * inset), "#fdfdfb")
    canvas.block((x + size * 0.2, y + size * 0.46, size * 0.6, size * 0.08), "#8a5a8f")
    return canvas


def letter() -> Canvas:
    canvas = Canvas(paper="#a98b6d")
    canvas.block((37, 3.5, 48, 59.5), "#8d7359", radius=0.5)
    sheet = _sheet(48, 68)
    place = (round(36 * canvas.scale), round(2.5 * canvas.scale))
    canvas.image.paste(sheet.image, place)
    canvas.block((96, 12, 2.2, 40), "#2d4a6e", radius=1)
    return canvas


def portrait() -> Canvas:
    canvas = Canvas(24, 24, "#cfd6de")
    canvas.disc((7.5, 4, 9, 10), "#8b97a5")
    canvas.disc((2.5, 15, 19, 18), "#8b97a5")
    return canvas


def thumb() -> Canvas:
    canvas = Canvas(24, 24, "white")
    canvas.disc((1, 1, 22, 22), "#1877f2")
    canvas.block((5.6, 11, 3, 7.6), "white", radius=0.6)
    canvas.block((9.4, 10.6, 8.6, 8), "white", radius=1.8)
    canvas.shape([(9.4, 12), (12.4, 5.4), (14.6, 6.2), (13.8, 11)], "white")
    canvas.disc((12.1, 4.6, 2.6, 2.6), "white")
    return canvas


def certificate() -> Canvas:
    return _sheet(84, 118.8)


_DRAWN: dict[str, tuple[Callable[[], Canvas], str]] = {
    "coach.jpg": (coach, "JPEG"),
    "meeting.jpg": (meeting, "JPEG"),
    "school.jpg": (school, "JPEG"),
    "festival.jpg": (festival, "JPEG"),
    "pothole.jpg": (pothole, "JPEG"),
    "shelter.jpg": (shelter, "JPEG"),
    "classroom.jpg": (classroom, "JPEG"),
    "letter.jpg": (letter, "JPEG"),
    "portrait.jpg": (portrait, "JPEG"),
    "thumb.png": (thumb, "PNG"),
    "certificate.pdf": (certificate, "PDF"),
}
#: A coach that drives by, for three seconds.
FILM = "bus.mp4"
#: Every file there is.
NAMES = (*_DRAWN, FILM)


@lru_cache
def rendered(name: str) -> tuple[bytes, str] | None:
    """The file of that name and its media type, None when there is none."""
    if name == FILM:
        return Path(__file__).with_name(FILM).read_bytes(), "video/mp4"
    if name not in _DRAWN:
        return None
    draw, kind = _DRAWN[name]
    buffer = BytesIO()
    draw().finished().save(buffer, kind, quality=86)
    return buffer.getvalue(), Image.MIME[kind]
