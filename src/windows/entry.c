/* What comes before main: bytes go through the standard streams as they are, text is UTF-8, and paths have slashes. */
#include <fcntl.h>
#include <io.h>
#include <stdbool.h>
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

/* Whether a word is, or begins with, an option whose value is no path. */
static bool takes_text(const char *word, bool is_alone)
{
	static const char *const options[] = { "--define", "--figures", "-D" };

	for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++)
		if (is_alone ? strcmp(word, options[i]) == 0 : strncmp(word, options[i], strlen(options[i])) == 0)
			return true;
	return false;
}

/* "C:\x\firmware.elf", also behind "junit:". Windows takes both; memprof looks for slashes. */
static void use_slashes(int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		if (takes_text(argv[i], false) || takes_text(argv[i - 1], true))
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
