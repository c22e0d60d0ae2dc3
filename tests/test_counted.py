"""The PostgreSQL that counts what measurements ask of it."""

import psycopg

from bench.counted import counted
from tests import services


def test_the_counting_server_tells_the_queries_and_rows_of_an_installation() -> None:
    usual = services.postgres_url()
    with counted() as counter, services.fresh_postgres_database() as url:
        before = counter.work()
        with psycopg.connect(url) as connection:
            for _ in range(3):
                connection.execute("select * from generate_series(1, 5)")
        done = counter.work() - before
        assert url.rpartition("/")[0] == counter.url.rpartition("/")[0]
    assert (done.queries, done.bounds, done.rows) == (3, 2, 15)
    assert services.postgres_url() == usual
