#include "map/lines.h"

#include <string.h>

void map_lines_init(struct map_lines *in, const char *name, const char *bytes, size_t n_bytes)
{
	*in = (struct map_lines){ .name = name, .at = bytes, .end = bytes + n_bytes };
	if (n_bytes >= 3 && memcmp(bytes, "\xef\xbb\xbf", 3) == 0)
		in->at += 3;
}

bool map_lines_next(struct map_lines *in, const char **ret, const char **ret_end)
{
	if (in->at == in->end)
		return false;
	const char *newline = memchr(in->at, '\n', (size_t)(in->end - in->at));
	const char *end = newline ? newline : in->end;
	*ret = in->at;
	in->at = newline ? newline + 1 : in->end;
	in->n_lines++;
	while (end > *ret && (end[-1] == '\r' || end[-1] == ' ' || end[-1] == '\t'))
		end--;
	*ret_end = end;
	return true;
}

struct place map_lines_place(const struct map_lines *in)
{
	return (struct place){ .file = in->name, .line = in->n_lines };
}
