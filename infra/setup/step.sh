# Sourced by the scripts beside it, from the repository's root: saying what is being done, for how long, and what failed.
mkdir -p build
log=$PWD/build/setup.log

say() { printf '%s\n' "$@" >&2; }
stop() {
	say "$@"
	exit 1
}

# step TEXT COMMAND... runs a command with its output in the log. One that is done within a second leaves no trace on
# the screen; any other shows for how long it has been at work. A failure shows the end of the output and stops.
step() {
	local text=$1 start=$SECONDS status=0 said=
	shift
	{ printf '== %s: %s\n' "$text" "$*" && date -u +%FT%TZ; } >>"$log"
	local before
	before=$(wc -c <"$log")
	"$@" >>"$log" 2>&1 </dev/null &
	local pid=$! n=0
	trap 'kill "$pid" 2>/dev/null; exit 130' INT TERM
	while kill -0 "$pid" 2>/dev/null; do
		if [ $((n += 1)) -gt 10 ]; then
			if [ -t 2 ]; then
				printf '\r\033[K  … %s (%d s)' "$text" $((SECONDS - start)) >&2
			elif [ -z "$said" ]; then
				say "  … $text"
			fi
			said=1
		fi
		sleep 0.1
	done
	wait "$pid" || status=$?
	trap - INT TERM
	if [ -t 2 ] && [ -n "$said" ]; then printf '\r\033[K' >&2; fi
	if [ "$status" -ne 0 ]; then
		say "  ✗ $text" ""
		tail -c "+$((before + 1))" "$log" | tail -n 30 >&2
		stop "" "That failed (status $status). All of its output is in build/setup.log."
	fi
	if [ -n "$said" ]; then say "  ✓ $text ($((SECONDS - start)) s)"; fi
}
