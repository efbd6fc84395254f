#include "sdkconfig.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "memprof/base/number.h"
#include "memprof/base/text.h"
#include "memprof/io/blob.h"

static const char prefix[] = "CONFIG_", define[] = "#define ", header_name[] = "sdkconfig.h";

bool sdkconfig_was_included(const char *output) { return strstr(output, "sdkconfig.h\""); }

static bool is_of_name(char c) { return isalnum((unsigned char)c) || c == '_'; }

static size_t name_bytes(const char *p)
{
	size_t n = 0;

	while (is_of_name(p[n]))
		n++;
	return n;
}

bool sdkconfig_is_name(const char *name, size_t n_bytes) { return text_starts(name, n_bytes, prefix); }

/* Of a line marker, a quoted text, or a name; otherwise 1. */
static size_t token_bytes(const char *p, bool is_line_start)
{
	if (is_line_start && *p == '#')
		return strcspn(p, "\n") + (strchr(p, '\n') != NULL);
	if (*p == '"') {
		size_t n = 1 + strcspn(p + 1, "\"\n");
		return n + (p[n] == '"');
	}
	size_t n = name_bytes(p);
	return MAX(n, (size_t)1);
}

unsigned sdkconfig_clear_names(char *output, char ret_first[SDKCONFIG_NAME_BYTES])
{
	unsigned n_names = 0;

	for (char *p = output, *next; *p; p = next) {
		size_t n = token_bytes(p, p == output || p[-1] == '\n');
		next = p + n;
		if (!is_of_name(*p) || !sdkconfig_is_name(p, n))
			continue;
		if (n_names++ == 0)
			snprintf(ret_first, SDKCONFIG_NAME_BYTES, "%.*s", (int)n, p);
		memset(p, ' ', n);
		*p = '0';
	}
	return n_names;
}

/* ---- the header ---- */

static void add_define(struct strbuf *header, const char *name, size_t n_name, const char *value, size_t n_value)
{
	strbuf_printf(header, "#ifndef %.*s\n#define %.*s ", (int)n_name, name, (int)n_name, name);
	strbuf_add(header, value, n_value);
	strbuf_add(header, "\n#endif\n", strlen("\n#endif\n"));
}

/* Of "CONFIG_A=y". A text has its quotation marks, a number is as it is; "# CONFIG_B is not set" is left out. */
static void add_line(struct strbuf *header, const char *line, size_t n_bytes)
{
	const char *equals = memchr(line, '=', n_bytes);

	if (!equals || !text_starts(line, n_bytes, prefix))
		return;
	for (const char *p = line; p < equals; p++)
		if (!is_of_name(*p))
			return;
	const char *value = equals + 1;
	size_t n_value = n_bytes - (size_t)(value - line);
	if (n_value == 1 && *value == 'n')
		return;
	bool is_set = n_value == 1 && *value == 'y';
	add_define(header, line, (size_t)(equals - line), is_set ? "1" : value, n_value);
}

void sdkconfig_make_header(struct strbuf *header, const char *bytes, size_t n_bytes)
{
	const char *end = bytes + n_bytes;

	for (const char *line = bytes, *next; line < end; line = next) {
		const char *newline = memchr(line, '\n', (size_t)(end - line)), *last = newline ? newline : end;
		next = newline ? newline + 1 : end;
		if (memchr(line, '\0', (size_t)(last - line)))
			continue;
		if (last > line && last[-1] == '\r')
			last--;
		if (text_starts(line, (size_t)(last - line), define)) {
			const char *name = line + strlen(define), *value = name;
			while (value < last && is_of_name(*value))
				value++;
			if (sdkconfig_is_name(name, (size_t)(value - name)))
				add_define(header, name, (size_t)(value - name), value, (size_t)(last - value));
			continue;
		}
		add_line(header, line, (size_t)(last - line));
	}
}

int sdkconfig_write_header(const char *name, struct temporary_folder *ret, struct diag *diag)
{
	struct strbuf header CLEANUP(strbuf_deinit) = STRBUF_INIT;
	struct blob config = { 0 };
	int r = blob_read(name, &config, diag);

	if (r < 0)
		return r;
	sdkconfig_make_header(&header, config.bytes, config.n_bytes);
	blob_deinit(&config);
	if (header.n_bytes == 0)
		return diag_at(diag, (struct place){ .file = name }, -EINVAL,
			       "no line of it sets a CONFIG_ name: name the sdkconfig of an ESP-IDF project");
	return temporary_folder_make(ret, header_name, &header, diag);
}
