#include "memprof/protocol/installed_agent.h"

#include <string.h>

#include "installed_agent.py.h"
#include "memprof/base/number.h"
#include "memprof/base/text.h"

const char *const installed_parts[INSTALLED_PARTS] = { "memprof_setup", "memprof_more", "memprof" };

enum { HEAD_BYTES = 40 }; /* of a file; the version is in them */

static const char mark[] = "# memprof.py ", mpy_mark[] = "memprof.py";

bool installed_version(const char *head, size_t n_bytes, char ret[INSTALLED_VERSION_BYTES])
{
	bool is_mpy = n_bytes > 0 && head[0] == 'M'; /* py/persistentcode.c */
	const char *p = NULL, *end = head + n_bytes;
	size_t n = 0;

	if (is_mpy) {
		end = head + MIN(n_bytes, (size_t)HEAD_BYTES);
		p = text_find(head, (size_t)(end - head), mpy_mark);
		if (p)
			p += sizeof(mpy_mark) - 1;
		while (p && p < end && (*p < '0' || *p > '9'))
			p++;
	} else if (text_starts(head, n_bytes, mark)) {
		p = head + sizeof(mark) - 1;
	}
	if (!p)
		return false;
	while (p + n < end && ((p[n] >= '0' && p[n] <= '9') || p[n] == '.'))
		n++;
	if (n == 0 || n >= INSTALLED_VERSION_BYTES || p + n == end || p[n] != (is_mpy ? '\0' : ':'))
		return false;
	text_copy(ret, INSTALLED_VERSION_BYTES, p, n);
	return true;
}

/* ---- code sent ---- */

/* As a bytes object in Python. */
static const char *literal(struct strbuf *ret, const char *bytes, size_t n_bytes)
{
	strbuf_puts(ret, "b'");
	for (size_t i = 0; i < n_bytes; i++) {
		uint8_t c = (uint8_t)bytes[i];
		if (c == '\n')
			strbuf_puts(ret, "\\n");
		else if (c == '\'' || c == '\\' || c < 0x20 || c >= 0x7f)
			strbuf_printf(ret, "\\x%02x", c);
		else
			strbuf_putc(ret, (char)c);
	}
	strbuf_putc(ret, '\'');
	return strbuf_text(ret);
}

void installed_ask_write(struct strbuf *code, const char *path, const char *bytes, size_t n_bytes, bool first)
{
	struct strbuf at CLEANUP(strbuf_deinit) = STRBUF_INIT, folder CLEANUP(strbuf_deinit) = STRBUF_INIT,
			 data CLEANUP(strbuf_deinit) = STRBUF_INIT;
	const char *slash = strrchr(path, '/');

	strbuf_puts(code, program_begin);
	if (first && slash && slash > path)
		strbuf_printf(code, make_folder, literal(&folder, path, (size_t)(slash - path)));
	strbuf_printf(code, write_file, literal(&at, path, strlen(path)), first ? "'wb'" : "'ab'",
		      literal(&data, bytes, n_bytes));
	strbuf_puts(code, program_end);
}

void installed_ask_rename(struct strbuf *code, const char *from, const char *to)
{
	struct strbuf a CLEANUP(strbuf_deinit) = STRBUF_INIT, b CLEANUP(strbuf_deinit) = STRBUF_INIT;

	strbuf_printf(code, rename_file, literal(&a, from, strlen(from)), literal(&b, to, strlen(to)));
}

void installed_ask_remove(struct strbuf *code, const char *path)
{
	struct strbuf at CLEANUP(strbuf_deinit) = STRBUF_INIT;

	strbuf_printf(code, remove_file, literal(&at, path, strlen(path)));
}

void installed_ask_clear(struct strbuf *code, const char *const *paths, size_t n_paths)
{
	struct strbuf list CLEANUP(strbuf_deinit) = STRBUF_INIT;

	for (size_t i = 0; i < n_paths; i++) {
		literal(&list, paths[i], strlen(paths[i]));
		strbuf_puts(&list, ".decode(),");
	}
	strbuf_printf(code, remove_files, strbuf_text(&list));
}

void installed_ask_sum(struct strbuf *code, const char *path)
{
	struct strbuf at CLEANUP(strbuf_deinit) = STRBUF_INIT;

	strbuf_printf(code, sum_file, literal(&at, path, strlen(path)));
}

/* ---- answers ---- */

struct answer {
	const char *p, *end;
};

/* The next complete "{mp …}"; false if there is none. */
static bool next_answer(struct answer *all, struct answer *ret)
{
	static const char begin[] = "{mp ";
	const char *p = text_find(all->p, (size_t)(all->end - all->p), begin);

	if (!p)
		return false;
	p += sizeof(begin) - 1;
	const char *close = memchr(p, '}', (size_t)(all->end - p));
	if (!close)
		return false;
	*ret = (struct answer){ p, close };
	all->p = close + 1;
	return true;
}

static struct answer next_word(struct answer *a)
{
	const char *blank = memchr(a->p, ' ', (size_t)(a->end - a->p));
	struct answer ret = { a->p, blank ? blank : a->end };

	a->p = blank ? blank + 1 : a->end;
	return ret;
}

static bool is(struct answer a, const char *word)
{
	return (size_t)(a.end - a.p) == strlen(word) && memcmp(a.p, word, strlen(word)) == 0;
}

static uint64_t number_of(struct answer a)
{
	uint64_t value;
	const char *end = number_scan(a.p, a.end, &value);

	return end == a.end && end ? value : NOT_KNOWN;
}

/* A path that is too long, or holds a NUL, is dropped. */
static bool read_path(struct answer a, char ret[INSTALLED_PATH_BYTES])
{
	size_t n = (size_t)(a.end - a.p);

	if (n == 0 || n >= INSTALLED_PATH_BYTES || memchr(a.p, '\0', n))
		return false;
	text_copy(ret, INSTALLED_PATH_BYTES, a.p, n);
	return true;
}

static void read_file(struct answer a, struct installed *ret)
{
	struct installed_file *file = &ret->files[ret->n_files];
	char head[HEAD_BYTES];
	size_t n = 0;
	uint64_t value;

	if (ret->n_files == INSTALLED_FILES_MAX)
		return;
	*file = (struct installed_file){ .n_bytes = number_of(next_word(&a)) };
	struct answer hex = next_word(&a);
	for (; hex.end - hex.p >= 2 && n < sizeof(head); hex.p += 2)
		if (number_scan_hex(hex.p, hex.p + 2, &value) == hex.p + 2)
			head[n++] = (char)value;
	if (!read_path(a, file->path))
		return;
	for (size_t i = 0; i < ret->n_files; i++)
		if (strcmp(ret->files[i].path, file->path) == 0)
			return; /* sys.path may list a folder twice */
	installed_version(head, n, file->version);
	ret->n_files++;
}

static void read_loaded(struct answer a, struct installed *ret)
{
	struct answer running = next_word(&a);

	ret->loaded = true;
	ret->running = is(running, "True")  ? INSTALLED_RUNNING :
		       is(running, "False") ? INSTALLED_STOPPED :
					      INSTALLED_RUNNING_UNKNOWN;
	read_path(a, ret->loaded_from);
}

static void read_built_in(struct answer a, struct installed *ret)
{
	(void)a;
	ret->built_in = true;
}

static void read_timer(struct answer a, struct installed *ret)
{
	(void)a;
	ret->has_timer = true;
}

static void read_folder(struct answer a, struct installed *ret)
{
	ret->free_bytes = number_of(next_word(&a));
	read_path(a, ret->folder);
}

static void read_mpy(struct answer a, struct installed *ret)
{
	uint64_t number = number_of(next_word(&a));

	ret->mpy = number <= UINT32_MAX ? (uint32_t)number : 0;
	ret->is_micropython = is(a, "micropython");
}

static void read_heap(struct answer a, struct installed *ret) { ret->heap_free_bytes = number_of(next_word(&a)); }

/* The last answer. */
static void read_platform(struct answer a, struct installed *ret)
{
	ret->in_memory = is(a, "webassembly");
	ret->asked = true;
}

bool installed_read(const char *text, size_t n_bytes, struct installed *ret)
{
	static const struct {
		const char *word;
		void (*read)(struct answer a, struct installed *ret);
	} answers[] = {
		{ "loaded", read_loaded }, { "builtin", read_built_in },  { "file", read_file },
		{ "folder", read_folder }, { "mpy", read_mpy },           { "heap", read_heap },
		{ "timer", read_timer },   { "platform", read_platform },
	};
	struct answer all = { text, text + n_bytes }, one;

	*ret = (struct installed){ .free_bytes = NOT_KNOWN, .heap_free_bytes = NOT_KNOWN };
	while (next_answer(&all, &one)) {
		struct answer word = next_word(&one);
		for (size_t i = 0; i < ARRAY_SIZE(answers); i++)
			if (is(word, answers[i].word))
				answers[i].read(one, ret);
	}
	return ret->asked;
}

bool installed_read_heap(const char *text, size_t n_bytes, uint64_t *ret_free_bytes, uint64_t *ret_used_bytes)
{
	struct answer all = { text, text + n_bytes }, one;

	while (next_answer(&all, &one)) {
		if (!is(next_word(&one), "heap"))
			continue;
		uint64_t free_bytes = number_of(next_word(&one)), used_bytes = number_of(next_word(&one));
		if (free_bytes == NOT_KNOWN || used_bytes == NOT_KNOWN)
			continue;
		*ret_free_bytes = free_bytes;
		*ret_used_bytes = used_bytes;
		return true;
	}
	return false;
}

/* ---- the choice ---- */

/* The bits of sys.implementation._mpy and the numbers of the architectures: py/persistentcode.h. */
enum { MPY_VERSION = 6, MPY_SUB_VERSION = 3, SOURCE_HEAP_BYTES = 100000 };

const char *installed_choice(const struct installed *board)
{
	static const char *const architectures[16] = {
		[2] = "x64",    [4] = "armv6m", [5] = "armv6m",     [6] = "armv6m",   [7] = "armv6m",
		[8] = "armv6m", [9] = "xtensa", [10] = "xtensawin", [11] = "rv32imc",
	};
	unsigned version = board->mpy & 0xff, sub_version = board->mpy >> 8 & 3, architecture = board->mpy >> 10 & 15;

	if (!board->is_micropython || version != MPY_VERSION)
		return NULL;
	if (!architectures[architecture])
		return "bytecode";
	if (sub_version == MPY_SUB_VERSION)
		return architectures[architecture];
	return board->heap_free_bytes != NOT_KNOWN && board->heap_free_bytes >= SOURCE_HEAP_BYTES ? NULL : "bytecode";
}

/* ---- sums ---- */

enum { ADLER_BASE = 65521 }; /* RFC 1950 */

struct installed_sum installed_sum_of(const char *bytes, size_t n_bytes)
{
	uint32_t a = 1, b = 0;

	for (size_t i = 0; i < n_bytes; i++) {
		a = (a + (uint8_t)bytes[i]) % ADLER_BASE;
		b = (b + a) % ADLER_BASE;
	}
	return (struct installed_sum){ .n_bytes = n_bytes, .adler = b << 16 | a };
}

bool installed_read_sum(const char *text, size_t n_bytes, struct installed_sum *ret)
{
	struct answer all = { text, text + n_bytes }, one;

	while (next_answer(&all, &one)) {
		if (!is(next_word(&one), "sum"))
			continue;
		uint64_t n = number_of(next_word(&one)), a = number_of(next_word(&one)), b = number_of(next_word(&one));
		if (n == NOT_KNOWN || a >= ADLER_BASE || b >= ADLER_BASE)
			continue;
		*ret = (struct installed_sum){ .n_bytes = n, .adler = (uint32_t)(b << 16 | a) };
		return true;
	}
	return false;
}
