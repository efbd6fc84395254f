#include "memprof/protocol/survey.h"

#include <stdlib.h>
#include <string.h>

#include "memprof/base/text.h"

/* ---- scanning ---- */

struct text {
	const char *p, *end;
};

/* The next line, without its end; false at the end. */
static bool next_line(struct text *t, struct text *ret)
{
	if (t->p >= t->end)
		return false;
	const char *lf = memchr(t->p, '\n', (size_t)(t->end - t->p));
	ret->p = t->p;
	ret->end = lf ? lf : t->end;
	t->p = lf ? lf + 1 : t->end;
	while (ret->end > ret->p && (ret->end[-1] == '\r' || ret->end[-1] == ' '))
		ret->end--;
	return true;
}

/* The next number, after any other text; NOT_KNOWN if there is none. */
static uint64_t next_number(struct text *t)
{
	uint64_t value;

	while (t->p < t->end && (*t->p < '0' || *t->p > '9'))
		t->p++;
	const char *p = number_scan(t->p, t->end, &value);
	t->p = p ? p : t->end;
	return p ? value : NOT_KNOWN;
}

/* The text after "name='", up to the quote. */
static void read_quoted(const struct text *t, const char *name, char *ret, size_t n_ret)
{
	const char *p = text_find(t->p, (size_t)(t->end - t->p), name);

	if (!p)
		return;
	p += strlen(name);
	if (t->end - p < 2 || p[0] != '=' || (p[1] != '\'' && p[1] != '"'))
		return;
	const char *close = memchr(p + 2, p[1], (size_t)(t->end - p - 2));
	if (close)
		text_copy(ret, n_ret, p + 2, (size_t)(close - p - 2));
}

/* ---- answers ---- */

/* "(name='micropython', version=(1, 25, 0, ''), _machine='…', _mpy=4870, _build='…') rp2 3.4.0;
 * MicroPython v1.25.0 on 2026-11-20" (py/modsys.c). Before 1.20 sys.version may end at "3.4.0". The
 * platforms of CircuitPython contain blanks: "Atmel SAMD51". */
static void read_identity(const char *text, size_t n_bytes, struct board_info *board)
{
	struct text all = { text, text + n_bytes }, line;
	uint64_t version[3];

	if (!next_line(&all, &line) || *line.p != '(')
		return;
	if (!board->known)
		board_init(board);
	read_quoted(&line, "_machine", board->machine, sizeof(board->machine));
	read_quoted(&line, "_build", board->build, sizeof(board->build));
	read_quoted(&line, "name", board->firmware, sizeof(board->firmware));
	if (strcmp(board->firmware, "micropython") == 0)
		strcpy(board->firmware, "MicroPython");
	else if (strcmp(board->firmware, "circuitpython") == 0)
		strcpy(board->firmware, "CircuitPython");
	const char *paren = line.end;
	while (paren > line.p && paren[-1] != ')')
		paren--;
	struct text rest = { paren < line.end ? paren + 1 : line.end, line.end };
	const char *python = text_find(rest.p, (size_t)(rest.end - rest.p), " 3.");
	text_copy(board->platform, sizeof(board->platform), rest.p, (size_t)((python ? python : rest.end) - rest.p));
	const char *on = text_find(rest.p, (size_t)(rest.end - rest.p), " on ");
	const char *from = on;
	while (from && from > rest.p && from[-1] != ' ')
		from--;
	if (on) {
		from += *from == 'v';
		text_copy(board->version, sizeof(board->version), from, (size_t)(on - from));
		return;
	}
	const char *tuple = text_find(line.p, (size_t)(line.end - line.p), "version=(");
	struct text numbers = { tuple ? tuple : line.end, line.end };
	for (size_t i = 0; i < 3; i++)
		version[i] = next_number(&numbers);
	if (version[2] != NOT_KNOWN && !board->version[0]) {
		struct strbuf s CLEANUP(strbuf_deinit) = STRBUF_INIT;
		strbuf_printf(&s, "%u.%u.%u", (unsigned)version[0], (unsigned)version[1], (unsigned)version[2]);
		text_copy(board->version, sizeof(board->version), strbuf_text(&s), s.n_bytes);
	}
}

/* "True" */
static void read_gc(const char *text, size_t n_bytes, struct board_info *board)
{
	if (text_starts(text, n_bytes, "True"))
		board->gc = BOARD_GC_ON;
	else if (text_starts(text, n_bytes, "False"))
		board->gc = BOARD_GC_OFF;
}

/* "-1": no threshold (py/modgc.c). */
static void read_threshold(const char *text, size_t n_bytes, struct board_info *board)
{
	struct text t = { text, text + n_bytes };

	board->gc_threshold_bytes = text_starts(text, n_bytes, "-") ? BOARD_NO_THRESHOLD : next_number(&t);
}

static void read_pystack(const char *text, size_t n_bytes, struct board_info *board)
{
	struct text t = { text, text + n_bytes };

	board->pystack_used_bytes = next_number(&t);
}

static void read_unique_id(const char *text, size_t n_bytes, struct board_info *board)
{
	size_t n = 0;

	while (n < n_bytes && text[n] && strchr("0123456789abcdef", text[n]))
		n++;
	text_copy(board->unique_id, sizeof(board->unique_id), text, n);
}

/* "125000000", or a tuple of clocks, the processor's first. */
static void read_freq(const char *text, size_t n_bytes, struct board_info *board)
{
	struct text t = { text, text + n_bytes };

	board->freq_hz = next_number(&t);
}

static void read_esp_flash(const char *text, size_t n_bytes, struct board_info *board)
{
	struct text t = { text, text + n_bytes };

	board->flash_bytes = next_number(&t);
	board->flash_user_start = next_number(&t);
}

/* "(0, 16, 65536, 1507328, 'factory', False)" (ports/esp32/esp32_partition.c). */
static void read_partitions(const char *text, size_t n_bytes, struct board_info *board)
{
	struct text all = { text, text + n_bytes }, line;

	board->n_partitions = 0;
	while (board->n_partitions < BOARD_PARTITIONS_MAX && next_line(&all, &line)) {
		struct board_partition p = { .type = next_number(&line), .subtype = next_number(&line) };
		p.offset_bytes = next_number(&line);
		p.size_bytes = next_number(&line);
		if (p.size_bytes == NOT_KNOWN)
			continue;
		const char *quote = memchr(line.p, '\'', (size_t)(line.end - line.p));
		const char *close = quote ? memchr(quote + 1, '\'', (size_t)(line.end - quote - 1)) : NULL;
		if (close)
			text_copy(p.label, sizeof(p.label), quote + 1, (size_t)(close - quote - 1));
		const char *flag = close ? close : line.p;
		p.encrypted = text_find(flag, (size_t)(line.end - flag), "True") != NULL;
		board->partitions[board->n_partitions++] = p;
	}
}

/* "352 4096": number and size of blocks (ioctl 4 and 5 of the block protocol). */
static void read_device(const char *text, size_t n_bytes, struct board_info *board)
{
	struct text t = { text, text + n_bytes };

	board->n_device_blocks = next_number(&t);
	board->device_block_bytes = next_number(&t);
}

static struct board_filesystem *filesystem_at(struct board_info *board, const char *path, size_t n)
{
	for (size_t i = 0; i < board->n_filesystems; i++)
		if (strlen(board->filesystems[i].path) == n && memcmp(board->filesystems[i].path, path, n) == 0)
			return &board->filesystems[i];
	return NULL;
}

/* "(4096, 4096, 352, 349, 349, 0, 0, 0, 0, 255) sd": statvfs() and the name under "/". Plain folders give
 * the same as "/", and a root that only holds mounts gives zeros. */
static void read_filesystems(const char *text, size_t n_bytes, struct board_info *board)
{
	struct text all = { text, text + n_bytes }, line;
	const char *root = NULL;
	size_t n_root = 0;

	board->filesystems_known = true;
	board->n_filesystems = 0;
	while (board->n_filesystems < BOARD_FILESYSTEMS_MAX && next_line(&all, &line)) {
		const char *paren = memchr(line.p, ')', (size_t)(line.end - line.p));
		if (!paren || *line.p != '(')
			continue;
		struct text figures = { line.p, paren };
		size_t n_figures = (size_t)(paren - line.p);
		uint64_t fragment_bytes = (next_number(&figures), next_number(&figures));
		uint64_t n_total = next_number(&figures), n_free = next_number(&figures);
		const char *name = line.end - paren > 2 ? paren + 2 : line.end;
		bool again = root && n_figures == n_root && memcmp(root, line.p, n_root) == 0;
		if (name == line.end) {
			root = line.p;
			n_root = n_figures;
		}
		if (again || n_total == 0 || n_free == NOT_KNOWN || n_free > n_total || fragment_bytes > UINT32_MAX ||
		    n_total > UINT32_MAX)
			continue;
		struct board_filesystem *fs = &board->filesystems[board->n_filesystems++];
		*fs = (struct board_filesystem){ .path = "/",
						 .total_bytes = n_total * fragment_bytes,
						 .free_bytes = n_free * fragment_bytes };
		text_copy(fs->path + 1, sizeof(fs->path) - 1, name, (size_t)(line.end - name));
	}
}

/* "<VfsLfs2> /flash": class and path of each mount (vfs.mount() since 1.25). */
static void read_mounts(const char *text, size_t n_bytes, struct board_info *board)
{
	static const struct {
		const char *is, *kind;
	} kinds[] = {
		{ "VfsLfs2", "littlefs2" }, { "VfsLfs1", "littlefs1" }, { "VfsFat", "fat" },
		{ "VfsRom", "romfs" },      { "VfsPosix", "posix" },
	};
	struct text all = { text, text + n_bytes }, line;

	while (next_line(&all, &line)) {
		const char *slash = memchr(line.p, '/', (size_t)(line.end - line.p));
		struct board_filesystem *fs = slash ? filesystem_at(board, slash, (size_t)(line.end - slash)) : NULL;
		for (size_t i = 0; fs && i < ARRAY_SIZE(kinds); i++)
			if (text_find(line.p, (size_t)(slash - line.p), kinds[i].is))
				strcpy(fs->kind, kinds[i].kind);
	}
}

static int by_text(const void *a, const void *b) { return strcmp(*(const char *const *)a, *(const char *const *)b); }

/* The columns of help('modules'), read as words; the last line is a sentence (py/builtinhelp.c). A build
 * without the list describes the string 'modules' instead. */
static void read_modules(const char *text, size_t n_bytes, struct board_info *board)
{
	enum { WORDS_MAX = 512 };
	char bytes[BOARD_MODULES_BYTES];
	const char *words[WORDS_MAX];
	struct text all = { text, text + n_bytes }, line;
	size_t n_words = 0, at = 0;

	if (text_starts(text, n_bytes, "object "))
		return;
	while (next_line(&all, &line)) {
		if (text_starts(line.p, (size_t)(line.end - line.p), "Plus any modules"))
			break;
		while (line.p < line.end) {
			const char *from = line.p;
			while (line.p < line.end && *line.p != ' ')
				line.p++;
			size_t n = (size_t)(line.p - from);
			if (n > 0 && n_words < WORDS_MAX && at + n + 1 <= sizeof(bytes)) {
				words[n_words++] = bytes + at;
				memcpy(bytes + at, from, n);
				bytes[at + n] = '\0';
				at += n + 1;
			}
			while (line.p < line.end && *line.p == ' ')
				line.p++;
		}
	}
	qsort(words, n_words, sizeof(*words), by_text);
	at = board->n_modules = 0;
	for (size_t n; board->n_modules < n_words; board->n_modules++) {
		n = strlen(words[board->n_modules]);
		if (at + n + 2 > sizeof(board->modules))
			break;
		memcpy(board->modules + at, words[board->n_modules], n);
		at += n;
		board->modules[at++] = '\n';
	}
	board->modules[at] = '\0';
}

/* Pools are read by the decoder, which gets all output (decoder.h). */
static void read_nothing(const char *text, size_t n_bytes, struct board_info *board)
{
	(void)text;
	(void)n_bytes;
	(void)board;
}

/* MicroPython's ports with a machine module; platforms of CircuitPython have other names. */
#define CHIPS "rp2 esp32 esp8266 pyboard stm32 samd mimxrt nrf renesas-ra alif"
/* All but those whose file system is the computer's. */
#define NOT_HOSTS "!linux darwin win32 webassembly"

const struct survey_question survey_questions[] = {
	{ "firmware", NULL,
	  "print(__import__('sys').implementation,__import__('sys').platform,__import__('sys').version)",
	  read_identity },
	{ "gc.isenabled", NULL, "print(__import__('gc').isenabled())", read_gc },
	{ "gc.threshold", NULL, "print(__import__('gc').threshold())", read_threshold },
	{ "pystack", NULL, "print(__import__('micropython').pystack_use())", read_pystack },
	{ "frequency", CHIPS, "print(__import__('machine').freq())", read_freq },
	{ "unique id", CHIPS, "print(__import__('machine').unique_id().hex())", read_unique_id },
	{ "flash", "esp32 esp8266", "print(__import__('esp').flash_size(),__import__('esp').flash_user_start())",
	  read_esp_flash },
	{ "partitions", "esp32", "[print(p.info())for t in(0,1)for p in __import__('esp32').Partition.find(t)]and None",
	  read_partitions },
	{ "the heap of ESP-IDF", "esp32", "print('idf_heap_info',__import__('esp32').idf_heap_info(4))", read_nothing },
	{ "flash", "rp2", "print(__import__('rp2').Flash().ioctl(4,0),__import__('rp2').Flash().ioctl(5,0))",
	  read_device },
	{ "flash", "pyboard",
	  "print(__import__('pyb').Flash(start=0).ioctl(4,0),__import__('pyb').Flash(start=0).ioctl(5,0))",
	  read_device },
	{ "file systems", NOT_HOSTS,
	  "[print(__import__('os').statvfs('/'),''),[print(__import__('os').statvfs('/'+e[0]),e[0])"
	  "for e in __import__('os').ilistdir('/')if e[1]&16384]]and None",
	  read_filesystems },
	{ "kinds of file systems", NOT_HOSTS, "[print(type(m[0]),m[1])for m in __import__('vfs').mount()]and None",
	  read_mounts },
	{ "modules", NULL, "help('modules')", read_modules },
	{ "the pools of umalloc", "+umalloc", "__import__('umalloc').print_stats()", read_nothing },
};
const size_t n_survey_questions = ARRAY_SIZE(survey_questions);

static bool has_module(const struct board_info *board, const char *name)
{
	size_t n = strlen(name);

	for (const char *p = board->modules; (p = strstr(p, name)); p += n)
		if ((p == board->modules || p[-1] == '\n') && p[n] == '\n')
			return true;
	return false;
}

bool survey_applies(const struct survey_question *question, const struct board_info *board)
{
	const char *p = question->platforms;
	size_t n = strlen(board->platform);

	if (!p)
		return true;
	if (*p == '+')
		return has_module(board, p + 1);
	bool but = *p == '!';
	for (p += but; n > 0 && *p; p += *p == ' ') {
		size_t n_word = strcspn(p, " ");
		if (n_word == n && memcmp(p, board->platform, n) == 0)
			return !but;
		p += n_word;
	}
	return but && n > 0;
}
