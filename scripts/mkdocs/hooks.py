"""What MkDocs does not do with docs/ by itself: links to files beside that folder, and lists as in CommonMark."""

import re
from pathlib import Path
from typing import Any

from markdown import Extension, Markdown
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.exceptions import PluginError
from mkdocs.structure.pages import Page

ROOT = Path(__file__).resolve().parents[2]
(VERSION,) = re.findall(r'__version__ = "(.+)"', (ROOT / "core/lockgate/version.py").read_text())
LINK = re.compile(r"\[([^\[\]]+)\]\(([^()\s]+)\)")
END_OF_ITEM = re.compile(r"(\n\n {2,}\S[^\n]*(?:\n {2,}\S[^\n]*)*)\n(?=(?:\d+\.|-) )")
"""The last paragraph of an item of several, directly before the next item."""


class NestedByTwoSpaces(Extension):
    """What belongs to an item of a list stands two spaces further to the right, as in CommonMark."""

    def extendMarkdown(self, md: Markdown) -> None:  # noqa: N802  (Markdown's name)
        """Called by Markdown, before it adds other extensions."""
        md.tab_length = 2
        md.build_parser()


def on_config(config: MkDocsConfig) -> None:
    """Name the version in the site's name, read lists as CommonMark does, and leave out the page that only a server
    shows: it stands for any address, so that its links hold in no folder."""
    config.theme.static_templates.discard("404.html")
    config.site_name = f"Lockgate {VERSION}"
    config.markdown_extensions.insert(0, NestedByTwoSpaces())


def on_page_markdown(markdown: str, page: Page, **_: Any) -> str:
    """Name files of the repository that are not on the site, instead of linking to them, and part the items of lists.

    Raises:
        PluginError: there is no such file.
    """
    here = Path(page.file.abs_src_path or "").parent

    def named(link: re.Match[str]) -> str:
        text, target = link[1], link[2].partition("#")[0]
        path = (here / target).resolve()
        if not target.startswith("../") or path.is_relative_to(ROOT / "docs"):
            return link[0]
        if not path.exists():
            raise PluginError(f"{page.file.src_uri}: there is no {target}, which it links to")
        name = f"`{path.relative_to(ROOT)}`"
        return name if text.strip("`/").endswith(path.name) else f"{text} ({name})"

    return LINK.sub(named, END_OF_ITEM.sub(r"\1\n\n", markdown))
