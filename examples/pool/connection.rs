//! One connection of a client.

use std::io;
use std::net::SocketAddr;

use smol::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use smol::net::TcpStream;

pub(crate) struct Connection {
    stream: BufReader<TcpStream>,
}

impl Connection {
    pub(crate) async fn open(address: SocketAddr) -> io::Result<Self> {
        let stream = TcpStream::connect(address).await?;
        Ok(Self {
            stream: BufReader::new(stream),
        })
    }

    /// Asks the server to add `number`. If the server hangs up it did not.
    pub(crate) async fn add(&mut self, number: u64) -> io::Result<()> {
        let request = format!("ADD {number}\n");
        self.stream.get_mut().write_all(request.as_bytes()).await?;
        let mut answer = String::new();
        self.stream.read_line(&mut answer).await?;
        match answer.as_str() {
            "OK\n" => Ok(()),
            "" => Err(io::ErrorKind::UnexpectedEof.into()),
            other => Err(io::Error::other(format!("the server says {other:?}"))),
        }
    }
}
