/* Strings, dates and the environment, as glibc has them. */
#include <stdlib.h>
#include <string.h>
#include <time.h>

void *memmem(const void *bytes, size_t n_bytes, const void *wanted, size_t n_wanted)
{
	const char *at = bytes, *end = at + n_bytes;

	if (n_wanted == 0)
		return (void *)(uintptr_t)bytes;
	while (n_wanted <= (size_t)(end - at)) {
		at = memchr(at, *(const char *)wanted, (size_t)(end - at) - n_wanted + 1);
		if (!at)
			return NULL;
		if (memcmp(at, wanted, n_wanted) == 0)
			return (void *)(uintptr_t)at;
		at++;
	}
	return NULL;
}

char *strndup(const char *text, size_t n_bytes)
{
	size_t n = strnlen(text, n_bytes);
	char *copy = malloc(n + 1);

	if (copy) {
		memcpy(copy, text, n);
		copy[n] = '\0';
	}
	return copy;
}

char *strsep(char **rest, const char *separators)
{
	char *word = *rest;

	if (!word)
		return NULL;
	*rest = word + strcspn(word, separators);
	if (**rest)
		*(*rest)++ = '\0';
	else
		*rest = NULL;
	return word;
}

time_t timegm(struct tm *date) { return _mkgmtime(date); }

struct tm *gmtime_r(const time_t *at, struct tm *ret) { return _gmtime64_s(ret, at) == 0 ? ret : NULL; }

int setenv(const char *name, const char *value, int overwrite)
{
	return getenv(name) && !overwrite ? 0 : _putenv_s(name, value);
}
