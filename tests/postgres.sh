# What scripts know of PostgreSQL's programs: where they are, and how they are installed. To be sourced by bash.
# `choose_server` sets `bin`.

say() { printf '%s: %s\n' "${0#"${root:-}"/}" "$*" >&2; }
die() { say "$*"; exit 1; }

has_server() { [[ -x $1/postgres && -x $1/initdb && -x $1/pg_ctl ]]; }

# Prints the folder of the newest server on this machine.
find_server() {
    local folder version newest=0 best=
    # A link in PATH may stand alone, without the server's other programs beside it.
    for folder in "$(dirname "$(readlink -f "$(command -v postgres || echo /nowhere/postgres)")")" \
        "$(pg_config --bindir 2>/dev/null || echo /nowhere)" /usr/lib/postgresql/*/bin; do
        has_server "$folder" || continue
        version=$("$folder/postgres" --version | grep -oE '[0-9]+' | head -n 1)
        if ((version > newest)); then newest=$version best=$folder; fi
    done
    [[ -n $best ]] && printf '%s\n' "$best"
}

# Installs with apt. The package's own cluster may fail to start (a container) or take port 5432: neither matters.
install_packages() {
    command -v apt-get >/dev/null || die "needs $*: install it, or set ORMGEN_TEST_PG_BIN to a server's folder"
    local sudo=()
    if [[ $(id -u) -ne 0 ]]; then
        command -v sudo >/dev/null || die "needs $*: as root, run \`apt-get install $*\`"
        sudo=(sudo)
    fi
    say "installing $*"
    { "${sudo[@]}" apt-get update -q \
        && "${sudo[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends "$@"; } \
        </dev/null >&2 || say "apt-get did not finish cleanly; looking whether what is needed is there"
}

choose_server() {
    if [[ -n ${ORMGEN_PG_BIN:-} ]]; then
        bin=$ORMGEN_PG_BIN
        has_server "$bin" || die "no PostgreSQL server in $bin, which ORMGEN_PG_BIN names"
        return
    fi
    bin=$(find_server) || { install_packages postgresql postgresql-contrib; bin=$(find_server); } \
        || die "PostgreSQL is not there and could not be installed"
}
