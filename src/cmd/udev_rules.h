#ifndef MEMPROF_UDEV_H
#define MEMPROF_UDEV_H

#include "memprof/base/strbuf.h"
#include "memprof/io/usb_ids.h"

/* A file for /etc/udev/rules.d: whoever sits at the computer may open the boards of the table, and
 * ModemManager leaves them alone. */
void udev_rules(struct strbuf *out, const struct usb_ids *ids);

#endif
