/* The console. */
#include <io.h>
#include <langinfo.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <windows.h>

char *nl_langinfo(int item)
{
	static const char *const variables[] = { "LC_ALL", "LC_CTYPE", "LANG" };
	static char utf8[] = "UTF-8", ascii[] = "ASCII";
	const char *locale = NULL;

	(void)item;
	for (size_t i = 0; i < sizeof(variables) / sizeof(variables[0]) && !(locale && *locale); i++)
		locale = getenv(variables[i]);
	return !locale || !*locale || strstr(locale, "UTF-8") || strstr(locale, "utf8") ? utf8 : ascii;
}

int ioctl(int fd, int request, struct winsize *ret)
{
	CONSOLE_SCREEN_BUFFER_INFO info;

	(void)request;
	if (!GetConsoleScreenBufferInfo((HANDLE)_get_osfhandle(fd), &info))
		return -1;
	ret->ws_col = (unsigned short)(info.srWindow.Right - info.srWindow.Left + 1);
	ret->ws_row = (unsigned short)(info.srWindow.Bottom - info.srWindow.Top + 1);
	return 0;
}

/* A pager: what there is, more, waits for a key also where nobody reads. */
FILE *windows_popen(const char *command, const char *mode)
{
	(void)command;
	(void)mode;
	return NULL;
}

int windows_pclose(FILE *file)
{
	(void)file;
	return -1;
}
