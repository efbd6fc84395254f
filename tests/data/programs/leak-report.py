import time

report = "time;pm2.5;pm10;co2\n"
uploads = 0

def upload(text):
    global uploads
    uploads += 1
    return sum(len(part) for part in text.split("\n"))

def reading(n):
    pm = (n * 37 % 211) / 10
    return "%02d:%02d;%.1f;%.1f;%d" % (n // 60 % 24, n % 60, pm, pm * 1.7, 400 + n * 13 % 600)

alerts = 0
for n in range(3400):
    line = reading(n)
    if n % 1440 == 1439:
        line += ";END"
    fields = line.split(";")
    if float(fields[1]) > 18 and int(fields[3]) > 900:
        alerts += 1
    report = report + line + "\n"
    if line.startswith("END"):
        upload(report)
        report = ""
    if n % 360 == 0:
        time.sleep_ms(1)
        print(line, "alerts", alerts)
print("uploads", uploads)
