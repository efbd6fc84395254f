#include "memprof/base/glob.h"

#include <stddef.h>
#include <string.h>

/* Whether c is in the class that begins at p ('['); *ret: what follows it. A '[' without a ']' is a
 * literal. */
static bool in_class(const char *p, unsigned char c, const char **ret)
{
	const char *at = p + 1;
	bool not = *at == '!' || *at == '^', in = false;

	at += not ;
	for (const char *first = at; *at && (*at != ']' || at == first); at++) {
		unsigned char from = (unsigned char)*at, to = from;
		if (at[1] == '-' && at[2] && at[2] != ']') {
			to = (unsigned char)at[2];
			at += 2;
		}
		in |= c >= from && c <= to;
	}
	if (!*at) {
		*ret = p + 1;
		return c == '[';
	}
	*ret = at + 1;
	return in != not ;
}

/* Whether one byte of the name matches the pattern at p; *ret: what follows. */
static bool matches(const char *p, char c, const char **ret)
{
	if (*p == '[')
		return in_class(p, (unsigned char)c, ret);
	if (*p == '\\' && p[1])
		p++;
	else if (*p == '?') {
		*ret = p + 1;
		return true;
	}
	*ret = p + 1;
	return *p == c;
}

static bool is_literal(char c) { return c && c != '*' && c != '?' && c != '[' && c != '\\'; }

/* The first position at or after name where the pattern after a '*' may match, by its first two literal bytes. */
static const char *next_start(const char *pattern, const char *name)
{
	if (!is_literal(pattern[0]))
		return name;
	name = strchr(name, pattern[0]);
	while (name && is_literal(pattern[1]) && name[1] != pattern[1])
		name = strchr(name + 1, pattern[0]);
	return name;
}

bool glob_match(const char *pattern, const char *name)
{
	const char *star = NULL, *resume = NULL; /* after the last '*', and where its match ends in the name */

	while (*name) {
		const char *next;
		if (*pattern == '*') {
			star = ++pattern;
			name = resume = next_start(pattern, name);
			if (!name)
				return false;
		} else if (*pattern && matches(pattern, *name, &next)) {
			pattern = next;
			name++;
		} else if (star) {
			pattern = star;
			name = resume = next_start(pattern, resume + 1);
			if (!name)
				return false;
		} else {
			return false;
		}
	}
	while (*pattern == '*')
		pattern++;
	return !*pattern;
}
