#pragma once

#include "memprof/base/strbuf.h"
#include "memprof/io/usb_ids.h"

/* A file for /etc/udev/rules.d: whoever sits at the computer may open the boards of the table, and
 * ModemManager leaves them alone. */
void udev_rules(struct strbuf *out, const struct usb_ids *ids);

/* Another: a board of the table that is plugged in starts memprof-record@NAME.service, of
 * examples/record. NAME is that of its port in /dev/serial/by-id, without "usb-". Only kinds that run
 * Python: a recording sends to the port, and behind any other id may be something else. */
void udev_record_rules(struct strbuf *out, const struct usb_ids *ids);
