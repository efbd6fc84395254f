#define _DEFAULT_SOURCE /* strdup, strnlen */
#include "members.h"

#include <string.h>

#include "memprof/base/text.h"

static size_t encoded_bytes(const struct member *member)
{
	return member->type == MEMBER_U64 ? 8 : member->type == MEMBER_UNSIGNED ? 4 : member->size_bytes;
}

static void put_number(struct strbuf *out, uint64_t value, size_t n_bytes)
{
	uint8_t bytes[8];

	for (size_t i = 0; i < n_bytes; i++)
		bytes[i] = (uint8_t)(value >> (8 * i));
	strbuf_add(out, bytes, n_bytes);
}

static uint64_t number(const uint8_t *bytes, size_t n_bytes)
{
	uint64_t value = 0;

	for (size_t i = 0; i < n_bytes; i++)
		value |= (uint64_t)bytes[i] << (8 * i);
	return value;
}

void member_put_u64(struct strbuf *out, uint64_t value) { put_number(out, value, 8); }

void members_put(struct strbuf *out, const struct member *members, size_t n, const void *owner)
{
	for (size_t i = 0; i < n; i++) {
		const char *at = (const char *)owner + members[i].offset;
		uint64_t wide;
		unsigned value;
		char text[256] = "";

		if (members[i].type == MEMBER_U64) {
			memcpy(&wide, at, sizeof(wide));
			put_number(out, wide, 8);
		} else if (members[i].type == MEMBER_UNSIGNED) {
			memcpy(&value, at, sizeof(value));
			put_number(out, value, 4);
		} else if (members[i].type == MEMBER_BOOL) {
			strbuf_putc(out, *(const bool *)(const void *)at ? 1 : 0);
		} else { /* what stands behind the NUL is of no account */
			memcpy(text, at, strnlen(at, members[i].size_bytes));
			strbuf_add(out, text, members[i].size_bytes);
		}
	}
}

const uint8_t *member_bytes_take(struct member_bytes *in, size_t n_bytes)
{
	const uint8_t *bytes = in->bytes;

	if (n_bytes > in->n_bytes)
		return NULL;
	in->bytes += n_bytes;
	in->n_bytes -= n_bytes;
	return bytes;
}

bool member_bytes_u64(struct member_bytes *in, uint64_t *ret)
{
	const uint8_t *bytes = member_bytes_take(in, 8);

	if (bytes)
		*ret = number(bytes, 8);
	return bytes != NULL;
}

static bool get_one(const struct member *member, const uint8_t *bytes, char *at)
{
	uint64_t wide = member->type < MEMBER_TEXT ? number(bytes, encoded_bytes(member)) : 0;
	unsigned value = (unsigned)wide;

	switch (member->type) {
	case MEMBER_U64:
		memcpy(at, &wide, sizeof(wide));
		return true;
	case MEMBER_UNSIGNED:
		memcpy(at, &value, sizeof(value));
		return wide <= member->limit;
	case MEMBER_BOOL:
		*(bool *)(void *)at = wide == 1;
		return wide <= 1;
	default:
		memcpy(at, bytes, member->size_bytes);
		return memchr(bytes, '\0', member->size_bytes) &&
		       (member->type == MEMBER_TEXT || text_is_visible(bytes, strlen((const char *)bytes)));
	}
}

bool members_get(struct member_bytes *in, const struct member *members, size_t n, void *owner)
{
	for (size_t i = 0; i < n; i++) {
		const uint8_t *bytes = member_bytes_take(in, encoded_bytes(&members[i]));
		if (!bytes || !get_one(&members[i], bytes, (char *)owner + members[i].offset))
			return false;
	}
	return true;
}
