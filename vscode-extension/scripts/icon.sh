#!/bin/sh
# Draws media/icon.png (the marketplace and VS Code take no SVG there) from media/icon.svg; needs Debian's librsvg2-bin.
set -eu
cd "$(dirname "$0")/.."
rsvg-convert --width 256 --height 256 media/icon.svg --output media/icon.png
