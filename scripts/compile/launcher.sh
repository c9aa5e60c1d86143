#!/bin/sh
# nsqd for Deno in one file: this script, and behind its last line a gzipped tar archive with the
# Deno runtime and the program. The first run unpacks the archive into a cache directory of the user.
# Every run ends in exec: the process that was started is the program, with its pid and its signals.
set -eu
identity=@IDENTITY@
archive_line=@ARCHIVE_LINE@

# Only a directory that is ours may hold what we execute.
is_unpacked() {
  [ -x "$1/deno" ] && [ -f "$1/program.js" ] && [ -O "$1" ] && [ ! -L "$1" ]
}

# Unpacks beside the destination and renames, so that nobody ever sees half of it and two first runs
# at once do no harm: the later one finds the name taken and throws its own copy away.
unpack() (
  umask 077
  fresh=$1.$$
  trap 'rm -rf "$fresh"' EXIT
  trap 'exit 1' HUP INT TERM
  mkdir -p "${1%/*}" && mkdir "$fresh" || exit 1
  tail -n "+$archive_line" "$0" | tar -xzof - -C "$fresh" || exit 1
  [ -x "$fresh/deno" ] && [ -f "$fresh/program.js" ] || exit 1
  is_unpacked "$1" && exit 0
  # What a cleaner of old files left behind is of no use. Never touch what belongs to somebody else.
  if [ -d "$1" ] && [ -O "$1" ] && [ ! -L "$1" ]; then rm -rf "$1"; fi
  [ -e "$1" ] || [ -L "$1" ] || mv "$fresh" "$1"
  rm -rf "$1/${fresh##*/}"
)

unpacked_in() {
  home=$1
  is_unpacked "$home" && return 0
  unpack "$home" 2>/dev/null || :
  is_unpacked "$home"
}

if [ -n "${XDG_CACHE_HOME:-}" ] && unpacked_in "$XDG_CACHE_HOME/nsqd-deno/$identity"; then :
elif [ -n "${HOME:-}" ] && unpacked_in "$HOME/.cache/nsqd-deno/$identity"; then :
elif unpacked_in "${TMPDIR:-/tmp}/nsqd-deno-$(id -u)-$identity"; then :
else
  echo "${0##*/}: cannot unpack the program. Set XDG_CACHE_HOME to a directory of yours with" \
    "150 MB free, on a file system that may hold programs." >&2
  exit 1
fi

export NSQD_INVOKED_AS="${0##*/}" NSQD_EXECUTABLE="$0" DENO_DIR="$home/deno_dir" DENO_NO_UPDATE_CHECK=1
exec "$home/deno" run @RUN_FLAGS@ "$home/program.js" "$@"
