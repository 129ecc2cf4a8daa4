"""Taking over a shared profile: from a server that really answers, and from files."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from fieldmark.errors import ProfileError, UserError
from fieldmark.plugins import Plugins
from fieldmark.profile import shipped_folder
from fieldmark.profile.sharing import add_profile

WriteProfile = Callable[..., Path]

OKAPI = b"name: okapi\nscientific_name: Okapia johnstoni\nextends: patterned\n"
PAGE = b"\n  <!DOCTYPE html><html><body>okapi.yaml</body></html>"


@dataclass
class Site:
    """A small web site: what each path answers, and what was asked."""

    pages: dict[str, tuple[int, bytes]]
    address: str = ""
    asked: list[str] = field(default_factory=list)


@contextmanager
def served(pages: dict[str, tuple[int, bytes]]) -> Iterator[Site]:
    """Serve pages from this computer, in a thread."""
    site = Site(pages)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            site.asked.append(self.path)
            status, body = site.pages.get(self.path, (404, b"not here"))
            self.send_response(status)
            if status in (301, 302):
                self.send_header("Location", body.decode())
                body = b""
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 -- its own name
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        site.address = f"http://127.0.0.1:{server.server_address[1]}"
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield site
        finally:
            server.shutdown()
            thread.join()


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ask this computer itself, whatever proxy it uses."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setenv("no_proxy", "127.0.0.1")


@pytest.fixture(scope="module")
def plugins() -> Plugins:
    """Return what is installed."""
    return Plugins.installed()


def refused(source: str, plugins: Plugins) -> str:
    """Return why a source is refused."""
    with pytest.raises(UserError) as caught:
        add_profile(source, plugins)
    return str(caught.value)


def test_a_profile_is_fetched_checked_and_kept_as_it_is(home: Path, plugins: Plugins) -> None:
    """It lies among the user's own, byte for byte, under the name that it gives itself."""
    pages = {"/x/some-name.txt?raw=1": (200, OKAPI), "/moved": (302, b"/x/some-name.txt?raw=1")}
    with served(pages) as site:
        added = add_profile(f"{site.address}/moved", plugins)
    assert site.asked == ["/moved", "/x/some-name.txt?raw=1"]
    assert added.path == home / "species" / "okapi.yaml"
    assert added.path.read_bytes() == OKAPI
    assert (added.profile.name, added.kept) == ("okapi", None)
    assert "zero-shot" in added.profile.pipelines


def test_a_file_is_taken_over_into_any_folder(home: Path, tmp_path: Path, plugins: Plugins) -> None:
    """A file is as good as an address, and the folder may be a project's."""
    (tmp_path / "mail.txt").write_bytes(OKAPI)
    added = add_profile(str(tmp_path / "mail.txt"), plugins, tmp_path / "survey" / "species")
    assert added.path == tmp_path / "survey" / "species" / "okapi.yaml"
    assert added.path.read_bytes() == OKAPI


def test_another_profile_of_the_name_is_kept(home: Path, tmp_path: Path, plugins: Plugins) -> None:
    """Unless it is to be replaced; then it lies beside. The same one again is no conflict."""
    source = tmp_path / "new.txt"
    source.write_bytes(OKAPI)
    own = add_profile(str(source), plugins).path
    assert add_profile(str(source), plugins).kept is None

    source.write_bytes(OKAPI + b"encounter: {gap_seconds: 9}\n")
    assert "add --replace" in refused(str(source), plugins)
    assert own.read_bytes() == OKAPI

    added = add_profile(str(source), plugins, replace=True)
    assert added.kept == own.with_name("okapi.yaml.bak")
    assert added.kept.read_bytes() == OKAPI
    assert own.read_bytes() == source.read_bytes()


def test_a_profile_that_replaces_one_does_not_inherit_from_it(
    home: Path, tmp_path: Path, plugins: Plugins
) -> None:
    """`extends: tiger` in a shared `tiger` means the shipped one, also where the user has one."""
    own = home / "species" / "tiger.yaml"
    own.write_bytes((shipped_folder() / "zebra.yaml").read_bytes().replace(b"zebra", b"tiger", 1))
    text = b"name: tiger\nscientific_name: Panthera tigris\nextends: tiger\n"
    (tmp_path / "new.txt").write_bytes(text)
    added = add_profile(str(tmp_path / "new.txt"), plugins, replace=True)
    assert "deep" in added.profile.pipelines


def test_mistakes_are_told_in_the_source(home: Path, plugins: Plugins) -> None:
    """Nothing is written; what it extends must be there."""
    pages = {
        "/wrong": (200, OKAPI + b"sides: {opposite: never}\n"),
        "/alone": (200, OKAPI.replace(b"patterned", b"okapi-base")),
        "/evil": (200, OKAPI.replace(b"name: okapi", b"name: ../../okapi", 1)),
        "/binary": (200, b"\x89PNG\r\n\x1a\n\xff"),
        "/empty": (200, b""),
    }
    expected = {
        "/wrong": ":4:19: sides.opposite: must be 'incomparable'",
        "/alone": ":3:10: extends: there is no base or profile 'okapi-base'",
        "/evil": ":1:7: name: must be small letters",
        "/binary": ":1:1: is not UTF-8 text",
        "/empty": ":1:1: is empty",
    }
    with served(pages) as site:
        for page, words in expected.items():
            with pytest.raises(ProfileError) as caught:
                add_profile(site.address + page, plugins)
            assert f"{site.address}{page}{words}" in str(caught.value)
    assert [*home.rglob("*.yaml")] == []


def test_what_is_no_profile_is_refused_in_one_sentence(home: Path, plugins: Plugins) -> None:
    """A web page, an error of the server, a large file, a server that is not there."""
    with served(
        {"/page": (200, PAGE), "/500": (500, b"oops"), "/big": (200, OKAPI * 2000)}
    ) as site:
        at = site.address
        assert "is a web page, not a profile" in refused(f"{at}/page", plugins)
        assert "the server answered 404" in refused(f"{at}/nowhere", plugins)
        assert "the server answered 500" in refused(f"{at}/500", plugins)
        assert "is larger than 100,000 bytes" in refused(f"{at}/big", plugins)
    assert "cannot be fetched: " in refused(f"{at}/page", plugins)
    assert [*home.rglob("*.yaml")] == []


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("ftp://example.org/x.yaml", "profiles are fetched from http:// and https://"),
        ("file:///etc/hosts", "profiles are fetched from http:// and https://"),
        ("nowhere.yaml", "nowhere.yaml cannot be read: No such file or directory"),
        ("http://", "cannot be fetched"),
        ("http://[x", "http://[x"),
    ],
)
def test_other_sources_are_refused(
    home: Path, plugins: Plugins, source: str, expected: str
) -> None:
    """What is neither an address of the web nor a file is answered with what to type."""
    assert expected in refused(source, plugins)


def test_a_server_that_stops_in_the_middle_is_told(home: Path, plugins: Plugins) -> None:
    """Half a profile is never taken for one."""

    class Short(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Length", str(len(OKAPI) + 100))
            self.end_headers()
            self.wfile.write(OKAPI)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 -- its own name
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Short) as server:
        thread = threading.Thread(target=server.handle_request)
        thread.start()
        said = refused(f"http://127.0.0.1:{server.server_address[1]}/", plugins)
        thread.join()
    assert "cannot be fetched" in said
    assert [*home.rglob("*.yaml")] == []
