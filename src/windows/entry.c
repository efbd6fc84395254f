/* What comes before main: bytes go through the standard streams as they are, text is UTF-8, and paths have slashes. */
#include <fcntl.h>
#include <io.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <windows.h>

int __wrap_main(int argc, char **argv); /* the linker's --wrap=main */
int __real_main(int argc, char **argv);

int _dowildcard = 0; /* patterns are memprof's own */

static UINT old_code_page;

static void restore_console(void) { SetConsoleOutputCP(old_code_page); }

/* Colours are escape sequences; TERM says whether they are understood. */
static void prepare_console(void)
{
	HANDLE console = GetStdHandle(STD_OUTPUT_HANDLE);
	DWORD mode;

	if (!GetConsoleMode(console, &mode))
		return;
	old_code_page = GetConsoleOutputCP();
	SetConsoleOutputCP(CP_UTF8);
	atexit(restore_console);
	if (SetConsoleMode(console, mode | ENABLE_VIRTUAL_TERMINAL_PROCESSING) && !getenv("TERM"))
		_putenv_s("TERM", "windows");
}

/* "C:\x\firmware.elf", also behind "junit:". Windows takes both; memprof looks for slashes. The value of --define may
 * be C, and is left alone. */
static void use_slashes(int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		const char *before = argv[i - 1];
		if (strncmp(argv[i], "-D", 2) == 0 || strncmp(argv[i], "--define", 8) == 0 ||
		    strcmp(before, "-D") == 0 || strcmp(before, "--define") == 0)
			continue;
		for (char *c = argv[i]; *c; c++)
			if (*c == '\\')
				*c = '/';
	}
}

int __wrap_main(int argc, char **argv)
{
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		_setmode(fd, _O_BINARY);
	prepare_console();
	use_slashes(argc, argv);
	return __real_main(argc, argv);
}
