"""A team that has never heard of this engine: librdkafka, with its default partitioner, which is not Java's.

  foreign.py produce BROKERS TOPIC   sends payments: keyed by payer, keyed by something else, and without a key
  foreign.py consume BROKERS TOPIC N prints the headers of N records, as a line of JSON each
"""

import json
import sys

from confluent_kafka import Consumer, Producer


def produce(brokers, topic):
    producer = Producer({"bootstrap.servers": brokers})
    for i in range(300):
        payer = f"p-{i % 30}"
        key = [payer, f"order-{i}", None][i % 3]
        producer.produce(topic, json.dumps({"payer": payer, "amount": 1}), key=key)
        producer.poll(0)
    if producer.flush(60) > 0:
        sys.exit("not all was sent")


def consume(brokers, topic, n):
    consumer = Consumer({
        "bootstrap.servers": brokers,
        "group.id": "foreign",
        "auto.offset.reset": "earliest",
        "isolation.level": "read_committed",
    })
    consumer.subscribe([topic])
    for _ in range(n):
        record = consumer.poll(30)
        if record is None or record.error():
            sys.exit(f"no record: {record and record.error()}")
        headers = {name: value.decode() for name, value in record.headers() or []}
        print(json.dumps({"key": record.key().decode(), "value": json.loads(record.value()), "headers": headers}))
    consumer.close()


if sys.argv[1] == "produce":
    produce(sys.argv[2], sys.argv[3])
else:
    consume(sys.argv[2], sys.argv[3], int(sys.argv[4]))
