//! A connection of the client.

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

    /// Asks the server to add `number`. If this fails because the server hangs up, the server
    /// has not added it.
    pub(crate) async fn add(&mut self, number: u64) -> io::Result<()> {
        let request = format!("ADD {number}\n");
        self.stream.get_mut().write_all(request.as_bytes()).await?;
        let mut response = String::new();
        self.stream.read_line(&mut response).await?;
        match response.as_str() {
            "OK\n" => Ok(()),
            "" => Err(io::ErrorKind::UnexpectedEof.into()),
            other => Err(io::Error::other(format!("unexpected response {other:?}"))),
        }
    }
}
