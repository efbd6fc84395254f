#include "figures/words.h"

#include <string.h>

#include "memprof/base/number.h"
#include "memprof/base/text.h"

static bool is_digit(char c) { return c >= '0' && c <= '9'; }
static bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }
static bool is_letter(char c) { return (c | 32) >= 'a' && (c | 32) <= 'z'; }
static bool is_blank(char c) { return c == ' ' || c == '\t'; }

/* ---- words ---- */

enum {
	W_HEAP = 1 << 0,
	W_FREE = 1 << 1,
	W_USED = 1 << 2,
	W_SIZE = 1 << 3,
	W_LARGE = 1 << 4, /* the largest of something */
	W_LEAST = 1 << 5,
	W_MAX = 1 << 6,
	W_BLOCK = 1 << 7,
	W_ALLOC = 1 << 8, /* "max alloc" is the largest block, "alloc" what is used */
	W_PEAK = 1 << 9,
	W_FRAG = 1 << 10,
	W_PSRAM = 1 << 11,
	W_IRAM = 1 << 12,
	W_PYTHON = 1 << 13,
	W_FILLER = 1 << 14, /* changes nothing */
	W_NOT = 1 << 15,    /* of something else, or no amount of bytes */
	W_MEM = 1 << 16,    /* a heap, but too short for a name of its own */
	W_OTHER = 1 << 17,  /* any other word */
	W_DOC = 1 << 18,    /* "free: 108592 allocated: 2000", as in MicroPython's documentation */
	W_NAMED = 1 << 19,  /* it is called a heap: a number alone behind that is what is free */
	W_COUNT = 1 << 20,  /* behind a number: it counts them */
	W_WHEN = 1 << 21,   /* "heap after init": what follows says when */
	W_STORE = 1 << 22,  /* of something that is no heap, also for what follows in the line */
	W_OF = 1 << 23,     /* "12 free of 900" */
	W_C = 1 << 24,      /* of a function in C */
	W_FIGURES = W_FREE | W_USED | W_SIZE | W_LARGE | W_LEAST | W_MAX | W_PEAK | W_ALLOC,
};

static const struct {
	unsigned is;
	const char *words; /* with a blank before and behind each */
} lists[] = {
	{ W_HEAP | W_NAMED, " heap " },
	{ W_HEAP, " memory memoria memoire speicher " },
	{ W_MEM, " mem ram dram sram umem kmem internal " },
	{ W_MEM | W_PYTHON, " gc " },
	{ W_PYTHON, " python " },
	{ W_FREE, " free available avail unused remaining left libre libres frei freier freie " },
	{ W_USED, " used use usage inuse alloced " },
	{ W_USED | W_DOC, " allocated " },
	{ W_ALLOC, " alloc " },
	{ W_SIZE, " total size capacity tot " },
	{ W_LARGE, " largest biggest contiguous contig lfb " },
	{ W_LEAST, " min minimum minimal lowest least watermark lwm " },
	{ W_MAX, " max maximum maximal " },
	{ W_PEAK, " peak " },
	{ W_BLOCK, " block blk chunk " },
	{ W_FRAG, " frag fragmentation fragmented " },
	{ W_PSRAM, " psram spiram external ext " },
	{ W_IRAM, " iram dma " },
	{ W_FILLER,
	  " initial now current currently run func collect definition is in the ever bytes byte "
	  "space system sys get amount so far malloc low " },
	{ W_FILLER | W_WHEN, " after before " },
	{ W_FILLER | W_OF, " of out " },
	{ W_FILLER | W_C, " esp xport node " },
	{ W_NOT | W_COUNT, " initially needed required requested wanted " },
	{ W_NOT | W_COUNT,
	  " blocks chunks nodes objects regions times files page pages sector sectors cluster slot "
	  "slots sockets packets pbuf buffer buffers entries tasks lines " },
	{ W_NOT | W_STORE,
	  " flash file filesystem fs disk sd sdcard card storage stack nvs spiffs littlefs fatfs "
	  "sketch partition eeprom swap rom " },
	{ W_NOT,
	  " number num count no time cpu program section region task address addr ptr since lost "
	  "leaked leak leaks diff delta change fail failed need needs require "
	  "limit limits threshold budget line version static loss growth len with by "
	  "to from than about "
	  "length " },
};

static uint32_t add_letter(uint32_t hash, char c) { return (hash ^ (uint8_t)(c | 32)) * UINT32_C(16777619); }

/* The slot of a word, in either case: its own, or an empty one. */
static struct words_slot *slot_of(struct words_table *t, const char *p, size_t n)
{
	uint32_t hash = 0;

	for (size_t i = 0; i < n; i++)
		hash = add_letter(hash, p[i]);
	for (size_t i = hash % WORDS_SLOTS;; i = (i + 1) % WORDS_SLOTS) {
		struct words_slot *slot = &t->slots[i];
		size_t k = 0;
		while (k < n && slot->n == n && slot->word[k] == (p[k] | 32))
			k++;
		if (slot->n == 0 || (k == n && slot->n == n))
			return slot;
	}
}

static void build(struct words_table *t)
{
	for (size_t i = 0; i < ARRAY_SIZE(lists); i++) {
		const char *next;
		for (const char *w = lists[i].words + 1; *w; w = next + 1) {
			next = strchr(w, ' ');
			size_t n = (size_t)(next - w);
			*slot_of(t, w, n) = (struct words_slot){ w, (uint8_t)n, lists[i].is };
		}
	}
	t->built = true;
}

static unsigned word_of(struct words_table *t, const char *p, size_t n) { return slot_of(t, p, n)->is; }

/* Of "freeheap" or "maxalloc" all of its words; W_OTHER if they are not known. */
static unsigned meaning(struct words_table *t, const char *p, size_t n)
{
	enum { SHORTEST = 3, LONGEST = 24 };
	unsigned is = word_of(t, p, n);

	for (size_t k = SHORTEST; !is && n <= LONGEST && k + SHORTEST <= n; k++) {
		unsigned head = word_of(t, p, k), tail = head ? meaning(t, p + k, n - k) : W_OTHER;
		is = tail & W_OTHER ? 0 : head | tail;
	}
	return is ? is : W_OTHER;
}

/* The end of a word: before "_", a digit, or the capital of the next one: "freeHeap", "ESPHeap". */
static const char *word_end(const char *p, const char *end)
{
	const char *q = p + 1;

	while (q < end && is_letter(*q) && (q == p + 1 || !(is_upper(*q) && !is_upper(q[-1]))) &&
	       !(is_upper(*q) && q + 1 < end && is_letter(q[1]) && !is_upper(q[1]) && is_upper(q[-1])))
		q++;
	return q;
}

/* ---- what the words before a number, or after it, say ---- */

enum { PLAUSIBLE_BYTES = 256 /* of a heap that is not named so */ };
enum { NO_FIGURE = -1, ANY_FIGURE = N_FIGURES };

/* ANY_FIGURE: of a heap, but not which. */
static int figure_of(unsigned is)
{
	if (is & (W_NOT | W_FRAG) || (is & W_LARGE && is & W_LEAST)) /* "min_largest_free": a limit */
		return NO_FIGURE;
	if (is & W_LARGE || (is & W_MAX && is & (W_BLOCK | W_ALLOC | W_FREE)))
		return FIGURE_LARGEST;
	if (is & W_LEAST)
		return is & (W_USED | W_ALLOC) ? NO_FIGURE : FIGURE_LEAST;
	if (is & (W_PEAK | W_MAX))
		return is & (W_USED | W_PEAK) ? FIGURE_MOST : NO_FIGURE;
	if (is & W_FREE)
		return is & (W_USED | W_ALLOC) ? NO_FIGURE : FIGURE_FREE;
	if (is & (W_USED | W_ALLOC))
		return FIGURE_USED;
	if (is & W_BLOCK)
		return NO_FIGURE;
	return is & W_SIZE ? FIGURE_SIZE : is & W_HEAP ? ANY_FIGURE : NO_FIGURE;
}

/* ---- a line ---- */

struct reading_line {
	struct words_table *table;
	const char *p, *start, *end;
	unsigned key;    /* of the words since the last number or mark between parts */
	unsigned when;   /* the key before, where it says when: "Free heap after: setup(): 5" */
	unsigned before; /* of the line before them */
	bool colon;      /* ":" or "=" was the last thing */
	unsigned of;     /* the key of the last number, if that is free or used: its size may follow */
	unsigned memory; /* W_PSRAM, W_IRAM: named before, and no other one since */
	uint32_t unit;   /* "free heap (KB): 5" */
	uint32_t hash;   /* of the letters of this key */
	/* of the figures that were found */
	unsigned all_keys;
	struct words_line *ret;
	bool is_sure_free; /* what is free stands behind a colon and a word of its own */
	bool is_bare;      /* or behind none: */
	bool is_round;     /* it may be a size as well */
	bool is_largest;   /* the largest was called so */
	bool heads_free;   /* "FREE mem: total 5, max block 3" */
	uint64_t max;      /* a number behind "max" alone; NOT_KNOWN */
	bool is_sentence;  /* is_sentence */
};

/* Text that a program, a linker or a document has, and a board does not print. */
static bool is_no_output(const char *text, size_t n)
{
	static const char signs[] =
		"printf\0#define\0();\0 bytes from \0bytes of dynamic memory\0program storage\0%age Used\0"
		"e.g.\0GC: total: \0\\n\0/*\0self.\0=\"\0## \0.heap \0`\0sysload=\0";

	for (const char *sign = signs; *sign; sign += strlen(sign) + 1)
		if (text_find(text, n, sign))
			return true;
	return n > 0 && text[n - 1] == ';';
}

/* A sentence, or a sum of a program: figures in it have a colon, or are none. */
static bool is_sentence(const char *text, size_t n)
{
	return n > 0 && (text[n - 1] == '.' || text_find(text, n, "://") || text_find(text, n, ". ") ||
			 text_find(text, n, ") + ") || text_find(text, n, ") - "));
}

static struct figures_reading *reading_of(struct reading_line *l, unsigned key)
{
	unsigned memory = key & (W_HEAP | W_MEM | W_PSRAM | W_IRAM) ? key : l->memory;
	const char *name = memory & W_PSRAM ? "psram" : memory & W_IRAM ? "iram" : "";
	struct words_line *ret = l->ret;
	size_t i = 0;

	while (i < ret->n && strcmp(ret->readings[i].pool, name) != 0)
		i++;
	if (i == WORDS_POOLS_MAX)
		return NULL;
	if (i == ret->n) {
		ret->readings[ret->n++] = FIGURES_READING_NOTHING;
		memcpy(ret->readings[i].pool, name, strlen(name) + 1);
	}
	return &ret->readings[i];
}

/* Of two numbers of one figure the first counts, unless only it had no word of its own, or no colon. */
static void keep(struct reading_line *l, int figure, unsigned key, uint64_t bytes, bool is_bare)
{
	static const uint64_t MOST_BYTES = UINT64_C(1) << 36;
	struct figures_reading *reading = bytes < MOST_BYTES ? reading_of(l, key) : NULL;

	bool again = reading && reading->value[figure] != NOT_KNOWN;
	bool is_better = (figure == FIGURE_FREE && (l->is_bare || !l->is_sure_free)) ||
			 (figure == FIGURE_LARGEST && key & W_LARGE && !l->is_largest); /* than "max free" */
	if (!reading || (again && !is_better))
		return;
	l->is_largest = figure == FIGURE_LARGEST ? (key & W_LARGE) != 0 : l->is_largest;
	if (figure == FIGURE_FREE) {
		l->is_bare = is_bare;
		l->is_sure_free = l->colon && !is_bare;
	}
	reading->value[figure] = bytes;
	if (!l->all_keys)
		l->ret->form = l->hash;
	l->all_keys |= key;
	l->ret->is_of_c |= figure == FIGURE_LARGEST || figure == FIGURE_LEAST;
}

/* The words between p and what ends them: "bytes free", "total"; 0 if a number follows. *ret: behind them. */
static unsigned words_after(const struct reading_line *l, const char *p, const char **ret)
{
	unsigned is = 0;

	for (int n = 0; n < 3 && p < l->end; n++) {
		while (p < l->end && (is_blank(*p) || *p == '_'))
			p++;
		if (p == l->end || !is_letter(*p))
			break;
		const char *q = word_end(p, l->end);
		unsigned word = meaning(l->table, p, (size_t)(q - p));
		if (word & W_OF && is & W_FIGURES) {
			*ret = p;
			return is;
		}
		is |= word;
		p = q;
	}
	*ret = p;
	while (p < l->end && (is_blank(*p) || *p == ':' || *p == '='))
		p++;
	return p < l->end && (is_digit(*p) || is_letter(*p) || *p == '_') ? 0 : is;
}

/* Whether a group of three digits follows, of a number that a person has grouped. */
static bool is_grouped(const char *p, const char *end)
{
	return end - p >= 4 && *p == ' ' && is_digit(p[1]) && is_digit(p[2]) && is_digit(p[3]) &&
	       (end - p == 4 || !is_digit(p[4]));
}

/* "5 blocks" */
static bool is_count(const struct reading_line *l, const char *p)
{
	p += p < l->end && is_blank(*p);
	return p < l->end && is_letter(*p) && meaning(l->table, p, (size_t)(word_end(p, l->end) - p)) & W_COUNT;
}

/* "heap_tlsf.c:239": the number is that of a line. */
static bool is_place(const char *start, const char *number)
{
	const char *p = number;

	if (p == start || *--p != ':')
		return false;
	while (p > start && is_letter(p[-1]) && number - p < 5)
		p--;
	return p > start && p[-1] == '.' && is_letter(*p);
}

/* A number at p with its unit, 1 if it has none: what follows it; *ret_ok: it may be an amount of bytes. */
static const char *scan_amount(const struct reading_line *l, const char *p, uint64_t *ret, uint32_t *ret_unit,
			       bool *ret_ok)
{
	const char *q = p, *end = l->end;
	uint64_t value = 0, thousandths = 0;
	bool fraction = false;

	*ret_ok = false;
	*ret_unit = 1;
	while (q < end && is_digit(*q))
		q++;
	bool fits = q - p <= 12 && number_scan(p, q, &value) == q, grouped = fits && q - p <= 3 && is_grouped(q, end);
	for (; fits && q - p <= 12 && is_grouped(q, end); q += 4) /* "115 480 bytes" */
		value = value * 1000 + (uint64_t)(q[1] - '0') * 100 + (uint64_t)(q[2] - '0') * 10 +
			(uint64_t)(q[3] - '0');
	if (q < end && *q == 'x' && q - p == 1) { /* an address */
		for (q++; q < end && (is_digit(*q) || is_letter(*q));)
			q++;
		return q;
	}
	if (q + 1 < end && *q == '.' && is_digit(q[1])) {
		uint64_t scale = 100;
		fraction = true;
		for (q++; q < end && is_digit(*q); q++, scale /= 10)
			thousandths += (uint64_t)(*q - '0') * scale;
	}
	bool joins = q + 1 < end && strchr(".,:-'_", *q) && is_digit(q[1]); /* 1,234, 12:30, 2024-06-29, 1.2.3 */
	if (joins) {
		while (q < end && (is_digit(*q) || strchr(".,:-'_", *q)))
			q++;
		return q;
	}
	const char *behind = figures_unit_at(q + (q < end && is_blank(*q)), end, ret_unit);
	if (behind)
		q = behind;
	const char *next = q + (q < end && is_blank(*q));
	bool ends = q == end || !(is_letter(*q) || strchr("%`\\_#^", *q));
	*ret = value * *ret_unit + thousandths * *ret_unit / 1000;
	*ret_ok = fits && ends && !((fraction || grouped) && !behind) && !(next < end && *next == '%') &&
		  !is_count(l, q);
	return q;
}

static void end_key(struct reading_line *l)
{
	l->when = l->key & W_WHEN && l->key & W_FREE ? l->key : 0;
	l->before |= l->key;
	if (l->key & (W_HEAP | W_MEM | W_PSRAM | W_IRAM))
		l->memory = l->key & (W_PSRAM | W_IRAM);
	l->key = 0;
	l->unit = 1;
	l->hash = 0;
	l->colon = false;
}

/* Whether what is told is not of a heap: by its own words, or by those before that no heap follows. */
static bool is_of_something_else(const struct reading_line *l, unsigned key)
{
	return key & W_NOT || (l->before & W_STORE && !(key & (W_HEAP | W_MEM)));
}

/* A number and what stands beside it. */
struct amount {
	uint64_t bytes, size_bytes; /* NOT_KNOWN: no "5/10" */
	bool ok, alone;             /* it may be an amount; nothing runs into it */
	const char *behind;
};

/* "13kb -> 177kb": the second number; NULL: there is none. */
static const char *behind_arrow(const char *p, const char *end)
{
	while (p < end && is_blank(*p))
		p++;
	if (end - p < 3 || p[0] != '-' || p[1] != '>')
		return NULL;
	for (p += 2; p < end && is_blank(*p);)
		p++;
	return p < end && is_digit(*p) ? p : NULL;
}

/* Behind " (38%)". */
static const char *behind_percent(const char *p, const char *end)
{
	const char *q = p;

	while (q < end && (is_blank(*q) || *q == '('))
		q++;
	while (q < end && (is_digit(*q) || *q == '.'))
		q++;
	return end - q >= 2 && q[0] == '%' && q[1] == ')' ? q + 2 : p;
}

/* Behind "(bytes)", "[KB]", which say the unit of the number that follows. NULL: it is something else. */
static const char *behind_unit(struct reading_line *l, const char *p)
{
	uint32_t unit = 1;
	const char *q = figures_unit_at(p, l->end, &unit);

	if (!q && p < l->end && is_letter(*p) && meaning(l->table, p, (size_t)(word_end(p, l->end) - p)) == W_FILLER)
		q = word_end(p, l->end);
	if (!q || q == l->end || (*q != ')' && *q != ']'))
		return NULL;
	l->unit = unit;
	return q + 1;
}

/* "5/10", "5 / 10", "5 of 10", "5 out of 10": the second number; NULL: there is none. */
static const char *behind_of(const char *p, const char *end)
{
	static const char *const marks[] = { "/", " / ", " of ", " out of " };

	for (size_t i = 0; i < ARRAY_SIZE(marks); i++) {
		const char *q = text_starts(p, (size_t)(end - p), marks[i]) ? p + strlen(marks[i]) : end;
		if (q < end && is_digit(*q))
			return q;
	}
	return NULL;
}

static struct amount scan_number(const struct reading_line *l)
{
	struct amount a = { .bytes = 0, .size_bytes = NOT_KNOWN };
	const char *number = l->p, *next;
	uint32_t unit, size_unit, otherwise = l->unit;
	uint64_t size;
	bool ok;

	a.behind = scan_amount(l, number, &a.bytes, &unit, &a.ok);
	a.alone = number == l->start ||
		  !(is_digit(number[-1]) || strchr("-._/+#~", number[-1]) || is_place(l->start, number));
	if ((next = behind_arrow(a.behind, l->end)))
		a.behind = scan_amount(l, next, &a.bytes, &unit, &a.ok);
	if ((next = behind_of(a.behind, l->end))) {
		a.behind = scan_amount(l, next, &size, &size_unit, &ok);
		a.size_bytes = ok ? size * (size_unit == 1 ? l->unit : 1) : NOT_KNOWN;
		otherwise = size_unit > 1 ? size_unit : otherwise; /* "95/100 KB" */
	}
	a.bytes *= unit == 1 ? otherwise : 1;
	return a;
}

/* Whether a number behind these words, which name a heap and no figure, is what is free of it. */
static bool is_bare_free(const struct reading_line *l, unsigned key)
{
	if (l->colon)
		return !(key & W_OTHER) || (key & W_WHEN && key & W_NAMED);
	return !(key & ~(unsigned)(W_HEAP | W_NAMED | W_FILLER));
}

static void read_number(struct reading_line *l)
{
	struct amount a = scan_number(l);
	const char *after = a.behind;
	unsigned key = l->key | (l->colon ? l->when : 0);
	int figure = l->heads_free && key == W_SIZE ? FIGURE_FREE : figure_of(key);
	bool is_bare = false;

	if ((l->p > l->start && is_letter(l->p[-1])) || (a.behind < l->end && is_letter(*a.behind))) {
		l->p = a.behind; /* "heap2", "2x" */
		return;
	}
	l->p = a.behind;
	a.ok &= a.alone;
	if (l->of && key & W_OF && !(key & ~(unsigned)(W_OF | W_FILLER))) {
		figure = FIGURE_SIZE;
		key = l->of;
	}
	l->of = 0;
	if (figure == NO_FIGURE || figure == ANY_FIGURE) {
		unsigned is = words_after(l, behind_percent(a.behind, l->end), &after);
		int other = is & (W_OTHER | W_BLOCK) ? NO_FIGURE : figure_of(key | is);
		if (is & (W_FIGURES) && other != NO_FIGURE && !is_of_something_else(l, is)) {
			figure = other;
			key |= is;
			l->p = after;
		}
	}
	if (a.ok && figure == ANY_FIGURE && is_bare_free(l, key) && a.bytes >= PLAUSIBLE_BYTES) {
		is_bare = true;
		figure = FIGURE_FREE;
		l->is_round |= !(key & W_NAMED) || a.bytes < 1024 || a.bytes % 1024 == 0;
	}
	if (a.ok && l->colon && key == W_MAX)
		l->max = a.bytes;
	if (key == W_BLOCK && l->before & (W_FREE | W_HEAP)) /* "free: 66700, block: 40948" */
		figure = FIGURE_LARGEST;
	bool is_told = key & W_DOC && !l->colon && !l->all_keys; /* "Allocated 2048 bytes, free heap now 53191" */
	a.ok &= !is_told &&
		(l->colon || (a.bytes >= PLAUSIBLE_BYTES && !(l->is_sentence && key & (W_OTHER | W_FILLER))));
	if (a.ok && figure >= 0 && figure < N_FIGURE_BYTES && !is_of_something_else(l, key)) {
		keep(l, figure, key, a.bytes, is_bare);
		if (figure == FIGURE_FREE || figure == FIGURE_USED) {
			keep(l, FIGURE_SIZE, key, a.size_bytes, is_bare);
			l->of = key;
		}
	}
	end_key(l);
}

static void read_word(struct reading_line *l)
{
	const char *q = word_end(l->p, l->end);
	bool joined = l->p > l->start && is_digit(l->p[-1]); /* "8bit", "0x" */

	l->ret->is_python |= q - l->p == 3 && q < l->end && !memcmp(l->p, "mem", 3) &&
			     (text_starts(q, (size_t)(l->end - q), "_free") ||
			      text_starts(q, (size_t)(l->end - q), "_alloc"));
	l->key |= joined ? W_OTHER : meaning(l->table, l->p, (size_t)(q - l->p));
	for (const char *c = l->p; c < q; c++)
		l->hash = l->hash * 31 + (uint8_t)(*c | 32);
	l->colon = false;
	l->p = q;
}

/* A mark between parts: "tag: free heap" is of two, "free heap: 5" of one. */
static void read_mark(struct reading_line *l)
{
	char c = *l->p++;
	const char *unit = c == '(' || c == '[' ? behind_unit(l, l->p) : NULL;
	bool is_arrow = (c == '-' || c == '=') && l->p < l->end && *l->p == '>';

	if (c == '(' && l->p < l->end && *l->p == ')') /* a call: "gc.mem_free() = 5" */
		unit = l->p + 1;
	if (unit) {
		l->p = unit;
		return;
	}
	l->p += is_arrow;
	const char *next = l->p;

	while (next < l->end && (is_blank(*next) || strchr("\"'*", *next)))
		next++;
	bool number_follows = next < l->end && is_digit(*next);
	if (c == '.' && l->p < l->end && is_blank(*l->p)) {
		end_key(l);
	} else if (c == ':' || c == '=' || is_arrow) {
		l->colon = number_follows;
		if (!number_follows) {
			l->heads_free |= l->key & W_FREE && l->key & (W_HEAP | W_MEM);
			end_key(l);
		}
	} else if (c == '|' && number_follows && l->key & W_FIGURES) { /* cells of a table */
		l->colon = true;
	} else if (c == '/' && l->key & W_FIGURES) { /* "free/min/max: 5/3/2" */
		l->key |= W_NOT;
	} else if (strchr(",;|<>!?", c) || (strchr("()[]{}", c) && !number_follows)) {
		end_key(l);
	}
}

/* Whether figures contradict each other, or are nothing but a zero. */
static bool is_nonsense(const struct figures_reading *r)
{
	uint64_t size = r->value[FIGURE_SIZE], free = r->value[FIGURE_FREE];

	if ((r->value[FIGURE_LARGEST] == 0 && free == NOT_KNOWN) ||
	    (r->pool[0] && (size == 0 || (free == 0 && size == NOT_KNOWN))))
		return true; /* memory that the board does not have */
	return size != NOT_KNOWN && ((free != NOT_KNOWN && free > size) ||
				     (r->value[FIGURE_USED] != NOT_KNOWN && r->value[FIGURE_USED] > size));
}

static enum words_certainty certainty(const struct reading_line *l)
{
	const struct figures_reading *r = &l->ret->readings[0];
	bool free = r->value[FIGURE_FREE] != NOT_KNOWN, used = r->value[FIGURE_USED] != NOT_KNOWN;
	bool largest = r->value[FIGURE_LARGEST] != NOT_KNOWN;

	if (l->is_bare && !largest)
		return l->is_round ? WORDS_WEAK : WORDS_SURE;
	if (l->all_keys & (W_HEAP | W_MEM | W_PSRAM | W_IRAM) || ((free || used) && largest))
		return WORDS_SURE;
	if (l->before & W_HEAP && (free || used || largest))
		return WORDS_SURE;
	if (l->all_keys & W_OTHER || l->before & W_STORE)
		return WORDS_NONE;
	if ((largest && l->all_keys & (W_FREE | W_BLOCK)) || (l->all_keys & W_LEAST && l->all_keys & W_FREE))
		return WORDS_WEAK;
	if (free && used && l->all_keys & W_DOC)
		return WORDS_SURE;
	return free && r->value[FIGURE_FREE] >= PLAUSIBLE_BYTES ? WORDS_WEAK : WORDS_NONE;
}

enum words_certainty words_read(struct words_table *table, const char *text, size_t n_bytes, struct words_line *ret)
{
	struct reading_line l = {
		.p = text, .start = text, .end = text + n_bytes, .ret = ret, .max = NOT_KNOWN, .unit = 1, .table = table
	};
	size_t n_digits = 0;

	ret->n = 0;
	for (size_t i = 0; i < n_bytes; i++)
		n_digits += is_digit(text[i]);
	if (n_digits == 0)
		return WORDS_NONE;
	if (!table->built)
		build(table);
	l.is_sentence = is_sentence(text, n_bytes);
	ret->is_python = ret->is_of_c = false;
	while (l.p < l.end) {
		if (is_digit(*l.p))
			read_number(&l);
		else if (is_letter(*l.p))
			read_word(&l);
		else
			read_mark(&l);
	}
	if (ret->n > 0 && l.max != NOT_KNOWN && (l.before | l.all_keys) & W_FRAG &&
	    ret->readings[0].value[FIGURE_LARGEST] == NOT_KNOWN) /* "free: 269896 | max: 45044 | frag: 84%" */
		keep(&l, FIGURE_LARGEST, 0, l.max, false);
	for (size_t i = 1; i < ret->n; i++)
		if (!ret->readings[i].pool[0]) { /* the main one comes first */
			struct figures_reading first = ret->readings[0];
			ret->readings[0] = ret->readings[i];
			ret->readings[i] = first;
		}
	if (ret->n == 0 || is_nonsense(&ret->readings[0]) || is_no_output(text, n_bytes))
		return WORDS_NONE;
	ret->is_python |= (l.all_keys & W_PYTHON) != 0;
	ret->is_of_c |= ((l.before | l.all_keys) & (W_FRAG | W_C | W_NAMED)) != 0;
	return certainty(&l);
}
