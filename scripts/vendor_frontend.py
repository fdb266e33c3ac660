"""Bring the front-end files that Hedgerow serves into the package, from pinned npm packages.

    python scripts/vendor_frontend.py web    # htmx, Vega, the grid of dashboards, the replayer; kept in the repository
    python scripts/vendor_frontend.py editor # the query editor, bundled by esbuild; kept in the repository
    python scripts/vendor_frontend.py sdk    # the browser library that `/static/` serves; not kept in the repository
    python scripts/vendor_frontend.py tests  # what tests run inside pages; kept in the repository

Each package is fetched with `npm pack` from the registry npm is configured for, and refused if its sha512 is not the
one written here. To update one: change its version and integrity (`npm view NAME@VERSION dist.integrity`), run this,
and correct THIRD_PARTY.md. The editor is made of several packages: their versions and checksums are in
`scripts/editor/package-lock.json`.
"""

import argparse
import base64
import hashlib
import json
import subprocess
import sys
import tarfile
import tempfile
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
WEB = ROOT / "hedgerow/web/static/hedgerow/vendor"
SDK = ROOT / "hedgerow/capture/sdk"
CHARTS_TESTS = ROOT / "tests/charts"
WEB_TESTS = ROOT / "tests/web/vendor"


@dataclass(frozen=True)
class Package:
    """An npm package: which files of it go where. Files are (path in the package, path to write)."""

    name: str
    version: str
    integrity: str
    files: tuple[tuple[str, Path], ...]


WEB_PACKAGES = (
    Package(
        "htmx.org",
        "2.0.11",
        "sha512-Thx/WtpeOQqSrqBCw/A1cwGJGg4UrVa3+sW0GmrM3p4gJgO89ecH4qtbnyzDDWFvBTqjnIMCgELTNt636dtamA==",
        (("dist/htmx.min.js", WEB / "htmx.min.js"), ("LICENSE", WEB / "htmx.LICENSE.txt")),
    ),
    Package(
        "vega",
        "6.4.0",
        "sha512-rHXCq2LpEWCLMjXBEj7hocY9G0/i5TGYRayGGSj06VTF4+l2IG2Z7oeZKCjWbUh/7hTE/mVhbaOPB72wCElh6g==",
        (("build/vega.min.js", WEB / "vega.min.js"), ("LICENSE", WEB / "vega.LICENSE.txt")),
    ),
    Package(
        "vega-lite",
        "6.5.0",
        "sha512-fMXF6s0MrIg0UTWnLIfeFtgSLzVhyzSKobzGrh5rhS+mL6FOYFG3m7ouJ4U23gj65EK+gl9FIIT5w7wLNaAzkA==",
        (
            ("build/vega-lite.min.js", WEB / "vega-lite.min.js"),
            ("LICENSE", WEB / "vega-lite.LICENSE.txt"),
            ("build/vega-lite-schema.json", CHARTS_TESTS / "vega-lite-schema.json"),
        ),
    ),
    Package(
        "vega-embed",
        "7.3.0",
        "sha512-wQ8s5GaSzqoKgmRfbRolgBrjE2CP7ZKHXqH7NijxMqPjpdWxSs4Dn8tvp9g0giQvh2cK+3p56sxjWWM0wNngGw==",
        (("build/vega-embed.min.js", WEB / "vega-embed.min.js"), ("LICENSE", WEB / "vega-embed.LICENSE.txt")),
    ),
    Package(
        "world-atlas",
        "2.0.2",
        "sha512-IXfV0qwlKXpckz1FhwXVwKRjiIhOnWttOskm5CtxMsjgE/MXAYRHWJqgXOpM8IkcPBoXnyTU5lFHcYa5ChG0LQ==",
        (("countries-110m.json", WEB / "countries-110m.json"), ("LICENSE", WEB / "countries-110m.LICENSE.txt")),
    ),
    Package(
        "gridstack",
        "14.1.0",
        "sha512-nF6asbGVnIJH7N9pa+DCaSBGAoEvTNS7jYHUJfcNN+5bTD3a4pLEKvGia7W/6NbjiJWms9e3Zih1YuU4coT3QA==",
        (
            ("dist/gridstack-all.js", WEB / "gridstack.min.js"),
            ("dist/gridstack.min.css", WEB / "gridstack.min.css"),
            ("LICENSE", WEB / "gridstack.LICENSE.txt"),
        ),
    ),
    # The package holds no file of its licence: `rrweb-replay.LICENSE.txt` is kept by hand.
    Package(
        "@rrweb/replay",
        "2.1.6",
        "sha512-Ti7zPk3Lbp33N9rKtIPCCIbUm4ctJMRRIMG5/5uI70M0efpSC1cpo/Eq8ELVW/5zWrkiElgmnPR0+h+oS79ASA==",
        (
            ("umd/replay.min.js", WEB / "rrweb-replay.min.js"),
            ("dist/style.min.css", WEB / "rrweb-replay.min.css"),
        ),
    ),
)

# The loader, and what it asks for later by itself.
SDK_SCRIPTS = (
    "array",
    "array.full",
    "array.no-external",
    "array.full.no-external",
    "posthog-recorder",
    "lazy-recorder",
    "recorder",
    "recorder-v2",
    "surveys",
    "exception-autocapture",
    "web-vitals",
    "web-vitals-soft-navs",
    "web-vitals-with-attribution",
    "web-vitals-with-attribution-soft-navs",
    "dead-clicks-autocapture",
    "tracing-headers",
    "product-tours",
    "conversations",
    "logs",
    "element-inference",
    "external-scripts-loader",
)
SDK_PACKAGES = (
    Package(
        "posthog-js",
        "1.449.2",
        "sha512-vji+h92IHaLlFSEnRH1hwe8uLWGOdDUImmPXexj/+V7Xm7HTxIQisYE/Kom7Aaw4DRpzfdhQxiyAN1YVYR4G8Q==",
        (
            *((f"dist/{name}.js", SDK / f"{name}.js") for name in SDK_SCRIPTS),
            ("LICENSE", SDK / "LICENSE.txt"),
        ),
    ),
)

TEST_PACKAGES = (
    Package(
        "axe-core",
        "4.14.1",
        "sha512-FHfa+lmNjQZfJz1q8wKqIDwC6DExcHt/pkjNQb09a3NPjCKg2rhu5qb2S4r76ASyFNNtuFooJpZe37OgudVGtQ==",
        (("axe.min.js", WEB_TESTS / "axe.min.js"), ("LICENSE", WEB_TESTS / "axe.LICENSE.txt")),
    ),
)

PACKAGES = {"web": WEB_PACKAGES, "sdk": SDK_PACKAGES, "tests": TEST_PACKAGES}


def main() -> None:
    parser = argparse.ArgumentParser(description="Bring front-end files into the package.")
    parser.add_argument("what", choices=(*PACKAGES, "editor"))
    what = parser.parse_args().what
    if what == "editor":
        bundle_editor()
        return
    for package in PACKAGES[what]:
        vendor(package)
        print(f"{package.name} {package.version}: {len(package.files)} files")


def bundle_editor() -> None:
    """Install the editor's packages as locked, bundle them into one file, and gather their licences."""
    source = ROOT / "scripts/editor"
    target = WEB / "codemirror.min.js"
    options = ("--bundle", "--minify", "--format=iife", "--global-name=CodeMirror", "--legal-comments=none")
    try:
        subprocess.run(["npm", "ci", "--silent", "--ignore-scripts"], cwd=source, check=True)
        bundler = source / "node_modules/.bin/esbuild"
        subprocess.run(
            [bundler, "codemirror.js", *options, "--log-level=error", f"--outfile={target}"], cwd=source, check=True
        )
    except FileNotFoundError:
        sys.exit("npm is needed for this: install Node.js and npm (Debian: `apt-get install npm`).")
    except subprocess.CalledProcessError as error:
        sys.exit(f"The editor could not be bundled (exit {error.returncode}).")
    packages = json.loads((source / "package-lock.json").read_text())["packages"]
    used = sorted(name for name, package in packages.items() if name and not package.get("dev"))
    licences = (f"{name.removeprefix('node_modules/')}\n\n{(source / name / 'LICENSE').read_text()}" for name in used)
    (WEB / "codemirror.LICENSE.txt").write_text("\n".join(licences))
    print(f"editor: {len(used)} packages")


def vendor(package: Package) -> None:
    """Fetch the package, check it, and write its files."""
    with tempfile.TemporaryDirectory() as directory:
        archive = fetch(package, Path(directory))
        digest = "sha512-" + base64.b64encode(hashlib.sha512(archive.read_bytes()).digest()).decode()
        if digest != package.integrity:
            sys.exit(f"{package.name} {package.version} is not the pinned package: {digest}")
        with tarfile.open(archive) as contents:
            for inside, target in package.files:
                member = contents.extractfile(f"package/{inside}")
                if member is None:
                    sys.exit(f"{package.name} {package.version} holds no file {inside}")
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(member.read())


def fetch(package: Package, directory: Path) -> Path:
    """The package's archive, by npm."""
    try:
        subprocess.run(["npm", "pack", "--silent", f"{package.name}@{package.version}"], cwd=directory, check=True)
    except FileNotFoundError:
        sys.exit("npm is needed for this: install Node.js and npm (Debian: `apt-get install npm`).")
    except subprocess.CalledProcessError as error:
        sys.exit(f"npm could not fetch {package.name} {package.version} (exit {error.returncode}).")
    return next(directory.glob("*.tgz"))


if __name__ == "__main__":
    main()
