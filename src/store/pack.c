#include "pack.h"

#include <errno.h>
#include <stdlib.h>
#include <zstd.h>

enum {
	LEVEL = 19, /* of zstd: there is a batch every two seconds */
	LEVEL_LARGE = 3,
	LEVEL_FAST = 1,
	LARGE_BYTES = 1 << 20,
};

int frame_pack(struct strbuf *out, const struct strbuf *bytes, const struct strbuf *prefix, bool is_fast)
{
	size_t room = ZSTD_compressBound(bytes->n_bytes), n = 0;
	ZSTD_CCtx *context = ZSTD_createCCtx();
	void *packed = malloc(room);

	if (context && packed) {
		ZSTD_CCtx_setParameter(context, ZSTD_c_compressionLevel,
				       is_fast                      ? LEVEL_FAST :
				       bytes->n_bytes > LARGE_BYTES ? LEVEL_LARGE :
								      LEVEL);
		ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, 1);
		if (prefix)
			ZSTD_CCtx_refPrefix(context, strbuf_text(prefix), prefix->n_bytes);
		n = ZSTD_compress2(context, packed, room, strbuf_text(bytes), bytes->n_bytes);
	}
	bool ok = n > 0 && !ZSTD_isError(n);
	if (ok)
		strbuf_add(out, packed, n);
	free(packed);
	ZSTD_freeCCtx(context);
	return ok && !strbuf_error(out) ? 0 : -ENOMEM;
}

void unpacker_deinit(struct unpacker *u)
{
	ZSTD_freeDCtx(u->context);
	u->context = NULL;
}

int frame_unpack(struct unpacker *u, struct strbuf *out, const void *bytes, size_t n_bytes, uint64_t n_unpacked,
		 const struct strbuf *prefix)
{
	if (n_unpacked > PACK_MAX_BYTES || !bytes)
		return -EBADMSG;
	if (!u->context)
		u->context = ZSTD_createDCtx();
	strbuf_reset(out);
	char *to = strbuf_extend(out, (size_t)n_unpacked);
	if (!u->context || !to)
		return -ENOMEM;
	ZSTD_DCtx_reset(u->context, ZSTD_reset_session_only);
	if (prefix)
		ZSTD_DCtx_refPrefix(u->context, strbuf_text(prefix), prefix->n_bytes);
	size_t n = ZSTD_decompressDCtx(u->context, to, (size_t)n_unpacked, bytes, n_bytes);
	if (!ZSTD_isError(n) && n == n_unpacked)
		return 0;
	strbuf_reset(out);
	return -EBADMSG;
}
