#compdef memprof
# memprof completion for zsh: a file of $fpath, or text for eval after compinit
_memprof() {
	local line word files= ret=1
	local -a found open ports
	for line in "${(@f)$(${~words[1]} __complete "${(@)words[2,CURRENT-1]}" "$PREFIX" 2>/dev/null)}"; do
		word=${${line%%$'\t'*}//:/\\:}
		[[ $line != *$'\t'* ]] || word+=:${line#*$'\t'}
		case $line in
		'') ;;
		:files) files=1 ;;
		:ports*) ports=(/dev/ttyACM*(N) /dev/ttyUSB*(N) /dev/serial/by-id/*(N)); ports=(${line#:ports}$^ports) ;;
		*[:=]|*[:=]$'\t'*) open+=("$word") ;; # more is typed behind it
		*) found+=("$word") ;;
		esac
	done
	_describe -t candidates candidate found -- open -S '' && ret=0
	compadd -a ports && ret=0
	if [[ $files ]]; then
		[[ $PREFIX != --*=* ]] || compset -P '*='
		_files && ret=0
	fi
	return ret
}
if [[ $funcstack[1] == _memprof ]]; then _memprof "$@"; else compdef _memprof memprof; fi
