# memprof completion for fish
function __memprof_complete
	set -l words (commandline -opc)
	set -l current (commandline -ct)
	set -l before (string match -r -- '^--.*?=' "$current")
	set -l program (string replace -r '^~' "$HOME" -- $words[1])
	for line in ($program __complete $words[2..-1] "$current" 2>/dev/null)
		switch $line
			case :files
				for path in (__fish_complete_path (string replace -r -- '^--.*?=' '' "$current"))
					echo "$before$path"
				end
			case ':ports*'
				set -l name (string replace -- :ports '' $line)
				for port in /dev/ttyACM* /dev/ttyUSB* /dev/serial/by-id/*
					echo $name$port
				end
			case '*'
				echo $line
		end
	end
end
complete -c memprof -f -a '(__memprof_complete)'
