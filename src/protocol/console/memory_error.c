#include "console/memory_error.h"

#include <stdio.h>
#include <string.h>

#include "console/scan.h"
#include "figures/pattern.h"
#include "memprof/base/text.h"

/* Exceptions of other allocators: class and message. */
static const struct {
	const char *exception, *words;
} other_pools[] = {
	{ "OSError", "WiFi Out of Memory" },        /* esp32 since v1.26 */
	{ "OSError", "Wifi Unknown Error 0x0101" }, /* esp32 before: ESP_ERR_NO_MEM */
	{ "OSError", "ESP_ERR_NO_MEM" },
	{ "OSError", "ENOBUFS" }, /* lwIP */
	{ "OSError", "ENOMEM" },
	{ "MemoryError", "Out of memory" }, /* OpenMV's UMA */
	{ "MemoryError", "Transient pool in use" },
	{ "MemoryError", "for native code" }, /* esp8266: instruction RAM */
};

/* Of other firmwares: what the line has, and behind what its size stands; NULL: it tells none. */
static const struct {
	const char *words, *size;
	const char *also; /* is in the line, too; NULL */
	enum proof {
		AS_IT_IS,
		OF_MEMORY, /* is_of_memory: other things are allocated, too */
		PROSE,     /* is_message: prose speaks of memory that runs out */
		WORD,      /* no part of a longer name */
	} proof;
} of_c[] = {
	{ "ailed to allocate memory, size: ", "size: " }, /* arduino-esp32 and others, heap_caps' callback */
	{ "ailed to allocate ", "ailed to allocate ", NULL, OF_MEMORY }, /* the example of ESP-IDF's callback */
	{ "nable to allocate ", "nable to allocate ", NULL, OF_MEMORY }, /* esp-wifi */
	{ "llocating ", "llocating #", "ailed" },                        /* esp32-camera */
	{ "Mem alloc fail", "size " },                                   /* ESP-IDF, heap_caps.c: aborts */
	{ "wifi:alloc eb len=", "len=" },                                /* ESP-IDF's Wi-Fi */
	{ "last failed alloc call: ", "(" },                             /* esp8266/Arduino, postmortem */
	{ ":oom(", ":oom(" },                                            /* esp8266/Arduino, umm_malloc */
	{ "E:M ", "E:M " },                                              /* ESP8266's SDK */
	{ "ouldn't allocate memory", "(" },                              /* LVGL */
	{ "No memory: ", "stride: #, #", "Byte" },                       /* LVGL, buffers */
	{ "not allocate memory", "equested " },                          /* ArduinoJson's users, ESPHome */
	{ "ould not allocate ", "allocate ", " bytes" },
	{ "annot allocate ", "allocate ", " bytes" },
	{ "llocation of ", "llocation of ", " failed" },
	{ "lloc", "ailed for ", "ailed for " },
	{ "lloc failed", "failed: ", "failed: ", OF_MEMORY }, /* else it counts them */
	{ "lloc failed", "failed=", "failed=", OF_MEMORY },
	{ "lloc failed", "failed (", "failed (" },
	{ "lloc failed", "size ", "size " },
	{ "ailed to alloc ", "alloc ", NULL, OF_MEMORY },
	{ "lloc(", "lloc(", ") failed" },
	{ "malloc ", "malloc ", " failed" },                  /* axTLS: "malloc 17408 failed, left 29720" */
	{ "hunk allocation: ", "allocation: ", " failed" },   /* Moddable */
	{ "Data buffer (", "buffer (", "allocation failed" }, /* Zephyr's network */
	{ "requested size ", "requested size " },             /* TizenRT */
	{ "llocation failed", "size " },
	{ "LLOCATION FAILED", NULL },
	{ "llocation of memory failed", NULL }, /* Mbed TLS */
	{ "alloc failed", NULL },
	{ "lloc: no memory", NULL },   /* ESP-IDF's Wi-Fi */
	{ "ERR_NO_MEM", NULL },        /* ESP-IDF, K210 */
	{ "Abort memory full", NULL }, /* Moddable */
	{ "alloc Failed", NULL },
	{ "ALLOC FAILED", NULL },
	{ "LOW_MEMORY", NULL },       /* Espruino */
	{ "'std::bad_alloc'", NULL }, /* C++ */
	{ "what():  std::bad_alloc", NULL },
	{ "out_of_memory", NULL, NULL, WORD },     /* AtomVM */
	{ "ot enough memory", NULL, NULL, PROSE }, /* Lua */
	{ "ut of memory", "ut of memory: ", NULL, PROSE },
};

/* Names of exceptions alone, and numbers of errors. */
static const struct {
	const char *text;
	bool is_whole; /* nothing else is in the line */
	enum failure failure;
} names[] = {
	{ "<class 'MemoryError'>", false, FAILURE_UNSIZED },
	{ "espidf.MemoryError", false, FAILURE_OTHER_POOL }, /* CircuitPython: ESP-IDF's heap */
	{ "OSError: 12", true, FAILURE_OTHER_POOL },
	{ "OSError: [Errno 12]", false, FAILURE_OTHER_POOL },
};

/* A number of bytes behind a text, perhaps in hex or with a unit; of a form with "#" its last number. False: it is
 * none, or goes on as something else. */
static bool read_size(const char *p, const char *end, const char *form, uint64_t *ret)
{
	uint64_t n[2] = { NOT_KNOWN, NOT_KNOWN };
	const char *hash = form ? strchr(form, '#') : NULL;
	uint32_t unit = 1;
	char start[32];

	if (!form)
		return false;
	snprintf(start, sizeof(start), "%.*s", (int)(hash ? hash - form : (ptrdiff_t)strlen(form)), form);
	p = text_find(p, (size_t)(end - p), start);
	if (p && hash) {
		p = scan_start(p, end, form, n);
		*ret = n[1] != NOT_KNOWN ? n[1] : n[0];
	} else if (p) {
		p += strlen(form);
		bool hex = end - p > 2 && p[0] == '0' && p[1] == 'x';
		p = hex ? number_scan_hex(p + 2, end, ret) : p < end ? number_scan(p, end, ret) : NULL;
	}
	if (!p || (p < end && strchr(".-_", *p)) || (end - p > 1 && *p == ',' && p[1] >= '0' && p[1] <= '9'))
		return false;
	figures_unit_at(p + (p < end && *p == ' '), end, &unit);
	*ret *= *ret < UINT32_MAX ? unit : 1;
	return *ret < NOT_KNOWN;
}

/* A message stands behind a mark, in brackets, or begins the line. */
static bool is_message(const char *text, const char *p)
{
	while (p > text && p[-1] != ' ')
		p--;
	return *p != '"' && ((p - text > 1 && strchr(":]),", p[-2])) || *p == '(' || (p == text && (*p | 32) == 'n'));
}

static bool is_of_memory(const char *p, const char *end, uint64_t asked)
{
	static const char *const words[] = { "byte", "Byte", "memory", "heap", "buffer", "KB" };
	enum { COUNT_MOST = 63 }; /* of things, not bytes */

	for (size_t i = 0; i < ARRAY_SIZE(words) && (asked == NOT_KNOWN || asked > 0); i++)
		if (text_find(p, (size_t)(end - p), words[i]))
			return true;
	return asked != NOT_KNOWN && asked > COUNT_MOST;
}

static bool is_proven(enum proof proof, const char *text, const char *p, const char *end, uint64_t asked)
{
	bool joined = p > text && (p[-1] == '_' || (p[-1] | 32) >= 'a');

	return proof == OF_MEMORY ? is_of_memory(p, end, asked) :
	       proof == PROSE     ? is_message(text, p) :
				    proof != WORD || !joined;
}

static bool scan_of_c(const char *text, size_t n_bytes, uint64_t *ret_asked)
{
	const char *end = text + n_bytes;

	for (size_t i = 0; i < ARRAY_SIZE(of_c); i++) {
		const char *p = text_find(text, n_bytes, of_c[i].words);
		if (!p || (of_c[i].words[1] == ':' && p > text) || /* "E:M " begins a line */
		    (of_c[i].also && !text_find(p, (size_t)(end - p), of_c[i].also)))
			continue;
		if (!read_size(p, end, of_c[i].size, ret_asked))
			*ret_asked = NOT_KNOWN;
		return is_proven(of_c[i].proof, text, p, end, *ret_asked) && !(p - text >= 2 && !memcmp(text, "0 ", 2));
	}
	return false;
}

static bool scan_name(const char *text, size_t n_bytes, enum failure *ret)
{
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		size_t n = strlen(names[i].text);
		if (names[i].is_whole ? n != n_bytes || memcmp(text, names[i].text, n) != 0 :
					!text_find(text, n_bytes, names[i].text))
			continue;
		*ret = names[i].failure;
		return true;
	}
	return false;
}

/* What follows the name of the exception at the start of a line (printed, or its repr()); or NULL. */
static const char *after_name(const char *text, size_t n, const char *exception)
{
	return text_starts(text, n, exception) ? text + strlen(exception) : NULL;
}

static bool scan_python(const char *text, size_t n_bytes, enum failure *ret, uint64_t *ret_requested)
{
	static const char words[] = "memory allocation failed", amount[] = ", allocating ";
	const char *end = text + n_bytes;
	const char *failed = text_find(text, n_bytes, words);
	uint64_t requested = NOT_KNOWN;

	if (!failed && !after_name(text, n_bytes, "MemoryError") && !after_name(text, n_bytes, "OSError"))
		return false;
	*ret = FAILURE_UNSIZED;
	if (failed) {
		const char *p = failed + sizeof(words) - 1;
		if (text_starts(p, (size_t)(end - p), amount)) {
			p = number_scan(p + sizeof(amount) - 1, end, &requested);
			if (p && text_starts(p, (size_t)(end - p), " byte"))
				*ret = FAILURE_ASKED;
			else
				requested = NOT_KNOWN; /* "%u", or truncated inside the number */
		} else if (text_starts(p, (size_t)(end - p), ", heap is locked")) {
			*ret = FAILURE_LOCKED;
		}
	}
	*ret_requested = requested;
	for (size_t i = 0; i < ARRAY_SIZE(other_pools); i++) {
		if ((failed || after_name(text, n_bytes, other_pools[i].exception)) &&
		    text_find(text, n_bytes, other_pools[i].words)) {
			*ret = FAILURE_OTHER_POOL;
			return true;
		}
	}
	const char *after = after_name(text, n_bytes, "MemoryError");
	return failed || (after && (after == end || *after == ':' || *after == '('));
}

bool memory_error_scan(const char *text, size_t n_bytes, enum failure *ret, uint64_t *ret_requested)
{
	if (scan_python(text, n_bytes, ret, ret_requested))
		return true;
	*ret_requested = NOT_KNOWN;
	if (scan_name(text, n_bytes, ret))
		return true;
	*ret = FAILURE_OF_C;
	return scan_of_c(text, n_bytes, ret_requested);
}
