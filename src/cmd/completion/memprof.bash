# memprof completion for bash
_memprof() {
	local word before i files=
	local -a words=()
	# readline splits words at = and :, so join them again.
	for ((i = 1; i <= COMP_CWORD; i++)); do
		word=${COMP_WORDS[i]}
		if ((i > 2)) && [[ $word == [=:]* || ${words[-1]} == *[=:] ]]; then
			words[-1]+=$word
		else
			words+=("$word")
		fi
	done
	word=${COMP_WORDS[COMP_CWORD]}
	[[ $word != [=:] ]] || word=
	before=${words[-1]%"$word"} # readline replaces only what follows this
	COMPREPLY=()
	_memprof_offer() {
		[[ $1 != "$before$word"* ]] || COMPREPLY+=("${1#"$before"}")
	}
	local line port
	while IFS= read -r line; do
		case $line in
		:files) files=1 ;;
		:ports*) # and NAME=, if that stands before
			for port in /dev/ttyACM* /dev/ttyUSB* /dev/serial/by-id/*; do
				[[ ! -e $port ]] || _memprof_offer "${line#:ports}$port"
			done
			;;
		*) _memprof_offer "${line%%$'\t'*}" ;;
		esac
	done < <("${COMP_WORDS[0]/#\~/$HOME}" __complete "${words[@]}" 2>/dev/null)
	if [[ $files ]]; then
		compopt -o filenames 2>/dev/null
		mapfile -t -O ${#COMPREPLY[@]} COMPREPLY < <(compgen -f -- "$word")
	fi
	[[ ${#COMPREPLY[@]} -ne 1 || $COMPREPLY != *[:=] ]] || compopt -o nospace 2>/dev/null
}
complete -F _memprof memprof
