#include "console/memory_error.h"

#include <string.h>

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

/* What follows the name of the exception at the start of a line (printed, or its repr()); or NULL. */
static const char *after_name(const char *text, size_t n, const char *exception)
{
	return text_starts(text, n, exception) ? text + strlen(exception) : NULL;
}

bool memory_error_scan(const char *text, size_t n_bytes, enum failure *ret, uint64_t *ret_requested)
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
